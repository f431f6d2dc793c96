import { didYouMean } from '../errors.ts';
import { parseError } from './error.ts';
import type { Directives, Word } from './instruction.ts';
import type { Source } from './source.ts';

const KNOWN = ['syntax', 'escape', 'check'];

/** Reads `# name=value` lines at the top; the first line that is none ends them. `lines`: how many they take. `syntaxCounts`: false when something overrides it. */
export function parseDirectives(source: Source, syntaxCounts = true): { directives: Directives; lines: number } {
  const found = new Map<string, Word>();
  let lines = 0;
  for (let index = 0; index < source.lineCount; index++) {
    const { start, end } = source.line(index);
    if (end - start > 65_535) break;
    const line = source.text.slice(start, end);
    // A Dockerfile may be a program: `#!/usr/bin/env …` first does not hide the directives below it.
    if (index === 0 && line.startsWith('#!')) continue;
    const match = /^(\s*#\s*)([a-zA-Z][a-zA-Z0-9]*)(\s*=\s*)(.+?)\s*$/.exec(line);
    const name = match?.[2]?.toLowerCase();
    if (!match || !KNOWN.includes(name!)) break;
    lines = index + 1;
    const from = start + match[1]!.length + match[2]!.length + match[3]!.length;
    const location = source.location(from, from + match[4]!.length);
    if (found.has(name!)) {
      throw parseError('bad-directive', location, `only one ${name} parser directive can be used`, {
        hint: `remove this line: ${name} was already set on line ${found.get(name!)!.location.line}`,
      });
    }
    found.set(name!, { text: match[4]!, location });
  }
  const [syntax, token, check] = [found.get('syntax'), found.get('escape'), found.get('check')];
  if (syntax && syntaxCounts) checkSyntax(syntax);
  if (token && token.text !== '\\' && token.text !== '`') {
    throw parseError('bad-directive', token.location, `invalid escape token '${token.text}': expected \\ or \``, {
      hint: 'only a backslash or a backtick can be the escape character',
    });
  }
  return {
    directives: {
      escape: token?.text === '`' ? '`' : '\\',
      ...(syntax ? { syntax } : {}),
      ...(check ? { check } : {}),
    },
    lines,
  };
}

/** Only the language itself is spoken here: other front ends are programs that we cannot run. */
export function checkSyntax(syntax: Word): void {
  const name = syntax.text.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[^/:]*$/, '');
  const known = ['docker/dockerfile', 'docker/dockerfile-upstream'];
  if (syntax.text === 'dockerfile.v0') return;
  if (known.includes(name.replace(/^(docker\.io|index\.docker\.io|registry-1\.docker\.io)\//, ''))) return;
  throw parseError(
    'unsupported-syntax',
    syntax.location,
    `syntax ${syntax.text} is not supported${didYouMean(name, known)}: expected docker/dockerfile`,
    { hint: 'other front ends cannot run here; use "# syntax=docker/dockerfile:1" or remove the line' },
  );
}
