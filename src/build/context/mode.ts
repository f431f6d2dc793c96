import type { SourceLocation } from '../../errors.ts';
import { CopyError } from './error.ts';

/** New permission bits of an entry, from its old ones. */
export interface ModeChange {
  (mode: number, isFolder: boolean): number;
  /** Set when everything gets this very mode. */
  constant?: number;
}

/** `--chmod`: an octal number from 0 to 07777, or symbolic as chmod(1) has it: `u=rwX,go=rX`, `a+x`. */
export function parseChmod(text: string, location?: SourceLocation): ModeChange {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return Object.assign(() => mode, { constant: mode });
  }
  const clauses = text.split(',').map((clause) => /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause));
  if (text === '' || clauses.some((clause) => clause === null)) {
    throw new CopyError(
      'bad-option',
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777, or symbolic such as u=rwX,go=rX`,
      { location },
    );
  }
  const changes = clauses.flatMap((clause) => {
    const who = clause![1] === '' || clause![1]!.includes('a') ? 'ugo' : clause![1]!;
    return [...clause![2]!.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)].map(([, operator, rights]) => ({
      who,
      operator: operator!,
      rights: rights!,
    }));
  });
  return (mode, isFolder) => {
    let result = mode & 0o7777;
    for (const change of changes) result = apply(result, isFolder, change);
    return result;
  };
}

const SHIFT: Record<string, number> = { u: 6, g: 3, o: 0 };

function apply(mode: number, isFolder: boolean, change: { who: string; operator: string; rights: string }): number {
  let bits = 0;
  let special = 0;
  for (const right of change.rights) {
    if (right === 'r') bits |= 4;
    else if (right === 'w') bits |= 2;
    else if (right === 'x') bits |= 1;
    else if (right === 'X') bits |= isFolder || (mode & 0o111) !== 0 ? 1 : 0;
    else if (right === 's')
      special |= (change.who.includes('u') ? 0o4000 : 0) | (change.who.includes('g') ? 0o2000 : 0);
    else if (right === 't') special |= 0o1000;
    else bits |= (mode >> SHIFT[right]!) & 7;
  }
  let wanted = special;
  let covered = 0;
  for (const who of new Set(change.who)) {
    wanted |= bits << SHIFT[who]!;
    covered |= 7 << SHIFT[who]!;
  }
  if (change.operator === '+') return mode | wanted;
  if (change.operator === '-') return mode & ~wanted;
  if (change.who.includes('u') && !isFolder) covered |= 0o4000;
  if (change.who.includes('g') && !isFolder) covered |= 0o2000;
  return (mode & ~covered) | wanted;
}
