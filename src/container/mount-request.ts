import { isAbsolute, posix } from 'node:path';
import { didYouMean } from '../errors.ts';
import { ContainerError } from './container-error.ts';
import { sizeOfFlag } from './size.ts';

/** What `-v`, `--mount` and `--tmpfs` ask for. */
export interface MountRequest {
  type: 'bind' | 'volume' | 'tmpfs';
  /** A path for bind, a volume's name, or empty: a new volume without a name. */
  source: string;
  destination: string;
  readOnly: boolean;
  /** `-v` makes a bind's missing source; `--mount` refuses it. */
  createSource?: boolean;
  propagation?: string;
  /** A volume that is empty gets what the image has at the destination; not with `volume-nocopy`. */
  noCopy?: boolean;
  /** bind: leave what is mounted below the source out. */
  nonRecursive?: boolean;
  /** Labels and options of a volume that is made now. */
  labels?: Record<string, string>;
  /** Folder inside the volume. */
  subpath?: string;
  /** tmpfs: `size=…`, `mode=…`, `noexec`. */
  options?: readonly string[];
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** `-v [SOURCE:]DESTINATION[:OPTIONS]`. A source that starts with `/`, `.` or `~` is a path; relative ones are of `cwd`. */
export function parseVolumeFlag(text: string, cwd: string): MountRequest {
  const parts = text.split(':');
  if (parts.length > 3 || parts.some((part) => part === ''))
    throw bad('--volume', `expected [SOURCE:]DESTINATION[:OPTIONS]`, text);
  const [source, destination, options] =
    parts.length === 1 ? ['', parts[0]!, ''] : [parts[0]!, parts[1]!, parts[2] ?? ''];
  const isPath = /^[./~]/.test(source);
  const request: MountRequest = {
    type: isPath ? 'bind' : 'volume',
    source: isPath ? posix.resolve(cwd, source) : source,
    destination: checkDestination('--volume', destination, text),
    readOnly: false,
    ...(isPath ? { createSource: true } : {}),
  };
  if (!isPath && source !== '') checkVolumeName(source);
  for (const option of options.split(',').filter((o) => o !== '')) applyVolumeOption(request, option, text);
  return request;
}

function applyVolumeOption(request: MountRequest, option: string, text: string): void {
  if (option === 'ro' || option === 'readonly') request.readOnly = true;
  else if (option === 'nocopy') request.noCopy = true;
  else if (PROPAGATIONS.includes(option)) request.propagation = option;
  // SELinux labels and hints for other systems mean nothing here, and every tutorial writes them
  else if (!['rw', 'z', 'Z', 'cached', 'delegated', 'consistent'].includes(option)) {
    throw bad(
      '--volume',
      `expected options such as ro, nocopy, rslave${didYouMean(option, ['ro', 'rw', 'nocopy', ...PROPAGATIONS])}`,
      text,
    );
  }
}

/** `--mount type=bind,source=…,target=…,readonly`: comma-separated, quotes as in CSV. */
export function parseMountFlag(text: string, cwd: string): MountRequest {
  const fields = splitCsv(text);
  const request: MountRequest = { type: 'volume', source: '', destination: '', readOnly: false };
  const options: string[] = [];
  for (const field of fields) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? undefined : field.slice(equals + 1);
    const needed = (): string => {
      if (value === undefined || value === '') throw bad('--mount', `expected ${key}=VALUE`, text);
      return value;
    };
    const flag = (): boolean => {
      if (value === undefined || value === 'true' || value === '1') return true;
      if (value === 'false' || value === '0') return false;
      throw bad('--mount', `expected ${key} to be true or false`, text);
    };
    switch (key) {
      case 'type': {
        const type = needed();
        if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs')
          throw bad('--mount', `expected type bind, volume or tmpfs`, text);
        request.type = type;
        break;
      }
      case 'source':
      case 'src':
        request.source = needed();
        break;
      case 'target':
      case 'destination':
      case 'dst':
        request.destination = checkDestination('--mount', needed(), text);
        break;
      case 'readonly':
      case 'ro':
        request.readOnly = flag();
        break;
      case 'bind-propagation':
        if (!PROPAGATIONS.includes(needed()))
          throw bad('--mount', `expected bind-propagation to be one of ${PROPAGATIONS.join(', ')}`, text);
        request.propagation = needed();
        break;
      case 'bind-nonrecursive':
        request.nonRecursive = flag();
        break;
      case 'bind-recursive':
        request.nonRecursive = needed() === 'disabled';
        break;
      case 'bind-create-src':
        request.createSource = flag();
        break;
      case 'volume-nocopy':
        request.noCopy = flag();
        break;
      case 'volume-subpath':
        request.subpath = needed();
        break;
      case 'volume-label': {
        const [name, ...rest] = needed().split('=');
        request.labels = { ...request.labels, [name!]: rest.join('=') };
        break;
      }
      case 'volume-opt':
        throw bad('--mount', 'local volumes are plain folders here and take no volume-opt', text);
      case 'volume-driver':
        if (needed() !== 'local') throw bad('--mount', 'only the volume driver "local" is here', text);
        break;
      case 'tmpfs-size':
        options.push(`size=${sizeOfFlag(needed(), '--mount tmpfs-size')}`);
        break;
      case 'tmpfs-mode':
        if (!/^[0-7]{1,5}$/.test(needed())) throw bad('--mount', 'expected tmpfs-mode to be octal, such as 1777', text);
        options.push(`mode=${needed()}`);
        break;
      case 'consistency':
        break;
      default: {
        const known = [
          'type',
          'source',
          'target',
          'readonly',
          'bind-propagation',
          'bind-nonrecursive',
          'bind-recursive',
          'bind-create-src',
          'volume-nocopy',
          'volume-label',
          'volume-subpath',
          'tmpfs-size',
          'tmpfs-mode',
        ];
        throw bad('--mount', `unknown key "${key}"${didYouMean(key, known)}`, text);
      }
    }
  }
  if (request.destination === '') throw bad('--mount', 'target=PATH is missing', text);
  if (request.type === 'bind') {
    if (request.source === '') throw bad('--mount', 'a bind needs source=PATH', text);
    request.source = isAbsolute(request.source) ? posix.normalize(request.source) : posix.resolve(cwd, request.source);
  } else if (request.type === 'volume' && request.source !== '') checkVolumeName(request.source);
  else if (request.type === 'tmpfs' && request.source !== '') throw bad('--mount', 'tmpfs has no source', text);
  if (options.length > 0) request.options = options;
  return request;
}

/** `--tmpfs /run:size=64m,mode=1777`. */
export function parseTmpfsFlag(text: string): MountRequest {
  const colon = text.indexOf(':');
  const destination = checkDestination('--tmpfs', colon < 0 ? text : text.slice(0, colon), text);
  const options = (colon < 0 ? '' : text.slice(colon + 1)).split(',').filter((option) => option !== '');
  const allowed =
    /^(?:(?:size|mode|uid|gid|nr_inodes|nr_blocks)=[\w%]+|rw|ro|(?:no)?(?:suid|dev|exec|atime|diratime)|relatime|strictatime|(?:a)?sync)$/;
  const wrong = options.find((option) => !allowed.test(option));
  if (wrong !== undefined) throw bad('--tmpfs', `unknown option "${wrong}"`, text);
  return { type: 'tmpfs', source: '', destination, readOnly: options.includes('ro'), options };
}

export function checkVolumeName(name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name) || name.length > 255) {
    throw new ContainerError(
      'invalid-name',
      `invalid volume name "${name.slice(0, 200)}": expected letters, digits, "_", "." and "-", starting with a letter or digit`,
      {
        hint: name.includes('/') ? 'a path of this machine starts with / or ./' : undefined,
      },
    );
  }
  return name;
}

function checkDestination(flag: string, path: string, text: string): string {
  if (!path.startsWith('/')) throw bad(flag, 'the path in the container must be absolute', text);
  const normal = posix.normalize(path).replace(/(?<=.)\/+$/, '');
  if (normal === '/') throw bad(flag, 'the path in the container cannot be /', text);
  return normal;
}

function splitCsv(text: string): string[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,"]+|(?<=,)(?=,|$))+/g) ?? [];
  return fields
    .map((field) => field.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"')))
    .filter((field) => field !== '');
}

function bad(flag: string, expected: string, found: string): ContainerError {
  return new ContainerError('invalid-option', `${flag}: ${expected}, found "${found.slice(0, 300)}"`);
}
