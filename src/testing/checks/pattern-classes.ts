const SPACES = new Set([9, 10, 12, 13, 32]);
const digit = (c: number): boolean => c >= 48 && c <= 57;
const upper = (c: number): boolean => c >= 65 && c <= 90;
const lower = (c: number): boolean => c >= 97 && c <= 122;
/** Letters, digits and `_`, as `\w` and `\b` have them. */
export const isWord = (c: number): boolean => digit(c) || upper(c) || lower(c) || c === 95;

/** `\d`, `\s` and `\w`, by their letter. */
export const PERL: Readonly<Record<string, (c: number) => boolean>> = { d: digit, s: (c) => SPACES.has(c), w: isWord };
/** `[:alpha:]` and the like. */
export const POSIX: Readonly<Record<string, (c: number) => boolean>> = {
  alnum: (c) => digit(c) || upper(c) || lower(c),
  alpha: (c) => upper(c) || lower(c),
  ascii: (c) => c < 128,
  blank: (c) => c === 9 || c === 32,
  cntrl: (c) => c < 32 || c === 127,
  digit,
  graph: (c) => c > 32 && c < 127,
  lower,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => c > 32 && c < 127 && !digit(c) && !upper(c) && !lower(c),
  space: (c) => SPACES.has(c) || c === 11,
  upper,
  word: isWord,
  xdigit: (c) => digit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};

/** A character in all its cases. */
export function variants(code: number): number[] {
  const text = String.fromCodePoint(code);
  const cased = [text.toLowerCase(), text.toUpperCase(), text.toUpperCase().toLowerCase()];
  return [code, ...cased.filter((one) => [...one].length === 1).map((one) => one.codePointAt(0)!)];
}

/** `\pL`, `\p{Greek}`; undefined when there is none of that name. */
export function unicodeClass(name: string): ((code: number) => boolean) | undefined {
  if (name === 'Any') return () => true;
  for (const property of [`gc=${name}`, `Script=${name}`]) {
    try {
      const expression = new RegExp(`^\\p{${property}}$`, 'u');
      return (c) => expression.test(String.fromCodePoint(c));
    } catch {
      // not of this kind
    }
  }
  return undefined;
}
