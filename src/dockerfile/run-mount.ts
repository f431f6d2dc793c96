import { posix } from 'node:path';
import { didYouMean } from '../errors.ts';
import { parseError } from './error.ts';
import type { FlagValue } from './flags.ts';
import type { MountFlag, Word } from './instruction.ts';
import type { Mount } from './mount.ts';

export type { BindMount, CacheMount, Mount, SecretMount, SshMount, TmpfsMount } from './mount.ts';

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const ALIASES: Record<string, string> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};
const BOOLEANS = ['readonly', 'readwrite', 'required'];
/** Keys that each type takes, besides `type`. */
const KEYS: Record<string, readonly string[]> = {
  bind: ['from', 'source', 'target', 'readonly', 'readwrite'],
  cache: ['id', 'target', 'readonly', 'readwrite', 'sharing', 'from', 'source', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size', 'readonly', 'readwrite'],
  secret: ['id', 'source', 'target', 'env', 'required', 'mode', 'uid', 'gid', 'readonly'],
  ssh: ['id', 'source', 'target', 'required', 'mode', 'uid', 'gid', 'readonly'],
};

const ALL_KEYS = new Set(['type', ...Object.values(KEYS).flat(), ...Object.keys(ALIASES)]);

/** Cuts a `--mount` value at its commas, as CSV: a field may stand in double quotes. */
export function parseMountFlag(value: FlagValue): MountFlag {
  const fields: { key: Word; value?: Word }[] = [];
  const { text } = value;
  let at = 0;
  while (at <= text.length) {
    const quoted = text[at] === '"';
    let end = text.indexOf(quoted ? '"' : ',', quoted ? at + 1 : at);
    if (end === -1) {
      if (quoted) throw parseError('bad-mount', value.part(at, text.length).location, 'a quoted field has no end');
      end = text.length;
    }
    fields.push(field(value, quoted ? at + 1 : at, end));
    at = (quoted ? end + 1 : end) + 1;
  }
  const flag = { fields, location: value.location };
  // Everything that does not hang on a variable is checked now, so that the first error is the first in the file.
  resolveMount(flag, (word) => word.text, { unexpanded: true });
  return flag;
}

function field(value: FlagValue, from: number, to: number): { key: Word; value?: Word } {
  const equals = value.text.indexOf('=', from);
  if (equals === -1 || equals >= to) return { key: value.part(from, to) };
  return { key: value.part(from, equals), value: value.part(equals + 1, to) };
}

export interface MountOptions {
  /** WORKDIR in force, for relative targets. */
  workdir?: string;
  /** Check only: values still hold variables. */
  unexpanded?: boolean;
}

/** Reads the fields with variables expanded. */
export function resolveMount(flag: MountFlag, expand: (word: Word) => string, options: MountOptions = {}): Mount {
  const isOpen = (word: Word): boolean => options.unexpanded === true && word.text.includes('$');
  const values = new Map<string, { text: string; word: Word; open: boolean }>();
  for (const { key: keyWord, value } of flag.fields) {
    const written = keyWord.text.toLowerCase();
    const key = ALIASES[written] ?? written;
    if (!ALL_KEYS.has(key)) {
      throw parseError(
        'bad-mount',
        keyWord.location,
        `unexpected key '${keyWord.text}' in --mount${didYouMean(written, ALL_KEYS)}`,
        {
          hint: `a field is key=value or one of ${BOOLEANS.join(', ')}`,
        },
      );
    }
    if (value === undefined) {
      if (!BOOLEANS.includes(key)) {
        throw parseError('bad-mount', keyWord.location, `invalid field '${keyWord.text}' must be a key=value pair`);
      }
      values.set(key, { text: 'true', word: keyWord, open: false });
      continue;
    }
    if (key === 'from' && value.text.includes('$')) {
      throw parseError(
        'bad-mount',
        value.location,
        "'from' doesn't support variable expansion, define alias stage instead",
        {
          hint: 'write FROM $VARIABLE AS name at the top, with ARG before it, and from=name here',
        },
      );
    }
    values.set(key, { text: key === 'from' ? value.text : expand(value), word: value, open: isOpen(value) });
  }
  return build(flag, values, options);
}

function build(
  flag: MountFlag,
  values: Map<string, { text: string; word: Word; open: boolean }>,
  options: MountOptions,
): Mount {
  const { location } = flag;
  const type = values.get('type');
  const kind = type?.open ? 'bind' : (type?.text.toLowerCase() ?? 'bind');
  if (!TYPES.includes(kind)) {
    throw parseError(
      'bad-mount',
      type!.word.location,
      `unsupported mount type "${type!.text}"${didYouMean(kind, TYPES)}`,
      {
        hint: `expected one of ${TYPES.join(', ')}`,
      },
    );
  }
  if (!type?.open) {
    for (const [key, { word }] of values) {
      if (key !== 'type' && !KEYS[kind]!.includes(key)) {
        throw parseError('bad-mount', word.location, `${key} is not allowed for mounts of type ${kind}`, {
          hint: `they take ${KEYS[kind]!.join(', ')}`,
        });
      }
    }
  }
  const text = (key: string): string | undefined => values.get(key)?.text;
  const number = (key: string, fallback: number, base = 10): number => {
    const value = values.get(key);
    if (value === undefined || value.open) return fallback;
    if (!(base === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/).test(value.text)) {
      const expected = base === 8 ? 'an octal number such as 0644' : 'a number';
      throw parseError(
        'bad-mount',
        value.word.location,
        `invalid value "${value.text}" for ${key}: expected ${expected}`,
      );
    }
    return Number.parseInt(value.text, base);
  };
  const flagged = (key: string): boolean | undefined => {
    const value = values.get(key);
    if (value === undefined || value.open) return undefined;
    if (/^(true|1|t)$/i.test(value.text)) return true;
    if (/^(false|0|f)$/i.test(value.text)) return false;
    throw parseError(
      'bad-mount',
      value.word.location,
      `invalid value "${value.text}" for ${key}: expected true or false`,
    );
  };
  const target = (): string => {
    const value = values.get('target');
    if (value === undefined || value.text === '') {
      throw parseError('bad-mount', location, `a mount of type ${kind} needs a target`, { hint: 'add target=/path' });
    }
    const path = absolute(value.text, options);
    if (path === '/' && !value.open) {
      throw parseError(
        'bad-mount',
        value.word.location,
        `invalid mount target "${value.text}": the root itself cannot be mounted over`,
      );
    }
    return path;
  };
  const maybeTarget = (): { target?: string } => (text('target') ? { target: target() } : {});
  const owner = (mode: number) => ({ mode: number('mode', mode, 8), uid: number('uid', 0), gid: number('gid', 0) });
  const from = text('from') ? { from: text('from')! } : {};
  const readonly = flagged('readonly') ?? (flagged('readwrite') === undefined ? undefined : !flagged('readwrite'));
  switch (kind) {
    case 'bind':
      return {
        type: 'bind',
        ...from,
        source: text('source') ?? '/',
        target: target(),
        readonly: readonly ?? true,
        location,
      };
    case 'cache': {
      const path = target();
      const sharing = values.get('sharing');
      const mode = sharing === undefined || sharing.open ? 'shared' : sharing.text.toLowerCase();
      if (mode !== 'shared' && mode !== 'private' && mode !== 'locked') {
        const modes = ['shared', 'private', 'locked'];
        throw parseError(
          'bad-mount',
          sharing!.word.location,
          `unsupported sharing value "${sharing!.text}"${didYouMean(mode, modes)}`,
          {
            hint: `expected one of ${modes.join(', ')}`,
          },
        );
      }
      return {
        type: 'cache',
        id: text('id') || posix.normalize(text('target')!).replace(/(?<=.)\/$/, ''),
        target: path,
        readonly: readonly ?? false,
        sharing: mode,
        ...from,
        source: text('source') ?? '/',
        ...owner(0o755),
        location,
      };
    }
    case 'tmpfs': {
      const size = values.get('size');
      const bytes = size && !size.open ? parseSize(size.text) : undefined;
      if (size && !size.open && bytes === undefined) {
        throw parseError(
          'bad-mount',
          size.word.location,
          `invalid size "${size.text}": expected a number with an optional unit such as 64m or 1g`,
        );
      }
      return { type: 'tmpfs', target: target(), ...(bytes === undefined ? {} : { size: bytes }), location };
    }
    case 'secret': {
      const id = text('id') || text('source') || (text('target') ? posix.basename(text('target')!) : '');
      if (id === '')
        throw parseError('bad-mount', location, 'a mount of type secret needs an id', { hint: 'add id=NAME' });
      const env = text('env');
      const file = text('target') || env ? maybeTarget() : { target: `/run/secrets/${posix.basename(id)}` };
      return {
        type: 'secret',
        id,
        ...file,
        ...(env ? { env } : {}),
        required: flagged('required') ?? false,
        ...owner(0o400),
        location,
      };
    }
    default:
      return {
        type: 'ssh',
        id: text('id') || text('source') || 'default',
        ...maybeTarget(),
        required: flagged('required') ?? false,
        ...owner(0o600),
        location,
      };
  }
}

function absolute(path: string, options: MountOptions): string {
  return posix.resolve('/', options.workdir ?? '/', path);
}

/** `64m`, `1.5GiB`, `1024`: bytes, units are powers of 1024; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?)?b?$/i.exec(text);
  if (!match) return undefined;
  const power = match[2] ? 'kmgtp'.indexOf(match[2].toLowerCase()) + 1 : 0;
  return Math.floor(Number(match[1]) * 1024 ** power);
}
