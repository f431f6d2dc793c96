import type { ListItem } from '../../lists.ts';
import { parseListItems } from '../../lists.ts';

/** Lines that the user wrote, without blank ones and comments. */
export type LinesOf = readonly ListItem[];

/** Lines of an input of metadata-action's kind; quotes are left for the fields. */
export function linesOf(text: string | readonly string[]): LinesOf {
  if (typeof text !== 'string') return text.map((item, i) => ({ text: item, line: i + 1 }));
  return parseListItems(text, { ignoreComma: true, noQuotes: true, comment: '#' });
}
