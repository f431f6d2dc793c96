import { didYouMean, messageOf } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { parseAttributes } from './attributes.ts';
import { TagError } from './error.ts';
import { expand, type Values } from './expression.ts';
import type { LinesOf } from './lines.ts';

/**
 * Names of images without tags, in lower case as registries want them (owners on GitHub may have capitals, which is
 * said). Lines are `name=ghcr.io/owner/app,enable=…`, a bare name, or names with commas between them.
 */
export function parseImageNames(lines: LinesOf, values: Values, onNote: (message: string) => void): string[] {
  const names: string[] = [];
  for (const { text, line } of lines) {
    const where = `images line ${line}`;
    // the old form: several names in one line
    const bare = text.includes('=') ? [] : text.split(',').map((name) => name.trim());
    for (const name of bare.filter((n) => n !== '')) names.push(checked(expand(name, values, onNote), where, onNote));
    if (bare.length > 0) continue;
    const attributes = parseAttributes(text, line, 'name', 'images').values;
    for (const key of attributes.keys())
      if (key !== 'name' && key !== 'enable')
        throw new TagError(
          'bad-image-name',
          `${where}: unknown ${key}${didYouMean(key, ['name', 'enable'])}, expected name and enable`,
        );
    const enable = expand(attributes.get('enable') ?? 'true', values, onNote);
    if (enable !== 'true' && enable !== 'false')
      throw new TagError('bad-image-name', `${where}: enable: expected true or false, found "${enable}"`);
    const name = expand(attributes.get('name') ?? '', values, onNote);
    if (name === '') throw new TagError('bad-image-name', `${where}: expected name=REPOSITORY, found "${text}"`);
    if (enable === 'true') names.push(checked(name, where, onNote));
  }
  return [...new Set(names)];
}

function checked(name: string, where: string, onNote: (message: string) => void): string {
  const lower = name.toLowerCase();
  if (lower !== name) onNote(`${where}: ${name} is written ${lower}, as registries want it`);
  const problem = problemOf(lower);
  if (problem !== undefined)
    throw new TagError('bad-image-name', `${where}: "${name}": ${problem}`, {
      hint: 'expected a repository without a tag, such as ghcr.io/owner/app or owner/app',
    });
  return lower;
}

function problemOf(name: string): string | undefined {
  const last = name.slice(name.lastIndexOf('/') + 1);
  if (name.includes('@') || last.includes(':')) return 'it has a tag or a digest already';
  const first = name.split('/')[0]!;
  if (name.replace(/\/+$/, '') === first && (first.includes('.') || first.includes(':') || name.endsWith('/')))
    return 'it names a registry and no repository in it';
  try {
    parseReference(name);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
