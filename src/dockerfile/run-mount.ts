import { posix } from 'node:path';
import { didYouMean } from '../errors.ts';
import { parseSize } from '../size.ts';
import { parseError } from './error.ts';
import type { FlagValue } from './flags.ts';
import type { MountFlag, Word } from './instruction.ts';
import type { Mount } from './mount.ts';
import { type MountValue, MountValues } from './mount-values.ts';

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

/** How a mount is read. */
export interface MountOptions {
  /** WORKDIR in force, for relative targets. */
  workdir?: string;
  /** Check only: values still hold variables. */
  unexpanded?: boolean;
}

/** Reads the fields with variables expanded. */
export function resolveMount(flag: MountFlag, expand: (word: Word) => string, options: MountOptions = {}): Mount {
  const isOpen = (word: Word): boolean => options.unexpanded === true && word.text.includes('$');
  const values = new Map<string, MountValue>();
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

function build(flag: MountFlag, values: Map<string, MountValue>, options: MountOptions): Mount {
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
  const read = new MountValues(kind, location, values, options.workdir);
  const text = (key: string): string | undefined => read.text(key);
  const from = text('from') ? { from: text('from')! } : {};
  const readonly =
    read.flag('readonly') ?? (read.flag('readwrite') === undefined ? undefined : !read.flag('readwrite'));
  switch (kind) {
    case 'bind':
      return {
        type: 'bind',
        ...from,
        source: text('source') ?? '/',
        target: read.target(),
        readonly: readonly ?? true,
        location,
      };
    case 'cache': {
      const path = read.target();
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
        ...read.owner(0o755),
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
      return { type: 'tmpfs', target: read.target(), ...(bytes === undefined ? {} : { size: bytes }), location };
    }
    case 'secret': {
      const id = text('id') || text('source') || (text('target') ? posix.basename(text('target')!) : '');
      if (id === '')
        throw parseError('bad-mount', location, 'a mount of type secret needs an id', { hint: 'add id=NAME' });
      const env = text('env');
      const file = text('target') || env ? read.maybeTarget() : { target: `/run/secrets/${posix.basename(id)}` };
      return {
        type: 'secret',
        id,
        ...file,
        ...(env ? { env } : {}),
        required: read.flag('required') ?? false,
        ...read.owner(0o400),
        location,
      };
    }
    default:
      return {
        type: 'ssh',
        id: text('id') || text('source') || 'default',
        ...read.maybeTarget(),
        required: read.flag('required') ?? false,
        ...read.owner(0o600),
        location,
      };
  }
}
