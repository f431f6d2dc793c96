const LONGEST = 60;
/** What doors write beside the folders of tests. */
const TAKEN = ['containerize.xml'];

/** Where reports of a test's attempts that failed are put. */
export function earlier(folder: string): string {
  return `${folder}.attempts`;
}

/** A folder for each test, named after it: no two alike, none hidden, none with a slash. */
export function folderNames(names: readonly string[]): string[] {
  const used = new Set<string>(TAKEN);
  const free = (folder: string): boolean => [folder, earlier(folder)].every((one) => !used.has(one.toLowerCase()));
  return names.map((name) => {
    const plain = name
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[-.]+/, '')
      .slice(0, LONGEST)
      .replace(/[-.]+$/, '');
    const base = plain || 'test';
    let folder = base;
    for (let i = 2; !free(folder); i++) folder = `${base}-${i}`;
    for (const one of [folder, earlier(folder)]) used.add(one.toLowerCase());
    return folder;
  });
}
