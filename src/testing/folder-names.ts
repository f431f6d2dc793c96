const LONGEST = 60;

/** A folder for each test, named after it: no two alike, none hidden, none with a slash. */
export function folderNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const plain = name
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, LONGEST);
    const base = plain || 'test';
    let folder = base;
    for (let i = 2; used.has(folder.toLowerCase()); i++) folder = `${base}-${i}`;
    used.add(folder.toLowerCase());
    return folder;
  });
}
