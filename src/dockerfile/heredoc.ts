import { expand } from './expand.ts';

/** `<<NAME` as it stands on the instruction's line; its body follows below. */
export interface HeredocMark {
  name: string;
  /** `<<-`: leading tabs of the body are dropped. */
  chomp: boolean;
  expand: boolean;
  fileDescriptor: number;
}

/** Reads one word as a heredoc mark; undefined when it is none. */
export function heredocMark(word: string): HeredocMark | undefined {
  const match = /^(\d*)<<(-?)\s*([^<]*)$/.exec(word);
  const rest = match?.[3];
  if (!match || rest === undefined || rest === '') return undefined;
  // Heredoc names use the shell's quoting, so the backslash escapes whatever the escape directive says.
  const options = { escape: '\\', lookup: () => undefined, keepUnset: true } as const;
  try {
    const [plain, ...more] = expand(rest, options).words;
    if (plain === undefined || more.length > 0) return undefined;
    const [raw] = expand(rest, { ...options, rawQuotes: true, rawEscapes: true }).words;
    return {
      name: plain,
      chomp: match[2] === '-',
      // A quote anywhere in the name says: take the body as it is.
      expand: plain === raw,
      fileDescriptor: Number(match[1]),
    };
  } catch {
    return undefined;
  }
}

/** All heredoc marks of an instruction's line, in order. */
export function heredocMarks(line: string): HeredocMark[] {
  if (!line.includes('<<')) return [];
  let words: string[];
  try {
    words = expand(line, {
      escape: '\\',
      lookup: () => undefined,
      keepUnset: true,
      rawQuotes: true,
      rawEscapes: true,
    }).words;
  } catch {
    // An open quote: the shell would complain, so there is no document to read.
    return [];
  }
  return words.map(heredocMark).filter((mark) => mark !== undefined);
}

/** The body of a `<<-` document: tabs at line starts removed. */
export function withoutLeadingTabs(content: string): string {
  return content.replace(/^\t+/gm, '');
}
