import { resolve } from 'node:path';
import { didYouMean } from '../../errors.ts';
import type { Compression } from '../../oci/media-type.ts';
import { BuildError } from '../error.ts';

/** Where a build's result goes. `dest` is absolute, or `-` for standard output. */
export type Output =
  | { type: 'image'; names: string[]; push: boolean; pushByDigest: boolean }
  | { type: 'oci' | 'docker'; dest: string; tar: boolean; names: string[] }
  | { type: 'tar' | 'local'; dest: string }
  /** Into the docker or podman that is there. */
  | { type: 'load'; names: string[] }
  /** Nothing but the cache. */
  | { type: 'cacheonly' };

/** Settings inside `--output` that decide how the image itself is made. */
export interface ImageSettings {
  compression?: Compression;
  level?: number;
  force?: boolean;
  family?: 'oci' | 'docker';
  rewriteTimestamp?: boolean;
  annotations: string[];
}

const TYPES = ['image', 'registry', 'oci', 'docker', 'tar', 'local', 'cacheonly', 'store'];
const BOOLEANS: Record<string, boolean> = { '1': true, t: true, true: true, '0': false, f: false, false: false };

/** Reads `type=oci,dest=out.tar,compression=zstd`, `FOLDER` (local) or `-` (tar on standard output). */
export function parseOutput(text: string, cwd: string): { output: Output; settings: ImageSettings } {
  const fail = (message: string, hint?: string): never => {
    throw new BuildError('bad-option', `--output ${text}: ${message}`, { hint });
  };
  if (text === '-') return { output: { type: 'tar', dest: '-' }, settings: { annotations: [] } };
  if (!text.includes('='))
    return { output: { type: 'local', dest: resolve(cwd, text) }, settings: { annotations: [] } };
  const settings: ImageSettings = { annotations: [] };
  const fields = new Map<string, string>();
  for (const field of splitFields(text)) {
    const equals = field.indexOf('=');
    if (equals < 0) fail(`expected key=value, found "${field}"`);
    fields.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1));
  }
  const take = (name: string): string | undefined => {
    const value = fields.get(name);
    fields.delete(name);
    return value;
  };
  const flag = (name: string): boolean | undefined => {
    const value = take(name);
    if (value === undefined) return undefined;
    return BOOLEANS[value.toLowerCase()] ?? fail(`${name}: expected true or false, found "${value}"`);
  };
  const type = take('type') ?? fail('the type is missing', `expected one of ${TYPES.join(', ')}`);
  const compression = take('compression');
  if (compression !== undefined) settings.compression = compressionNamed(compression, fail);
  const level = take('compression-level');
  if (level !== undefined) {
    if (!/^\d{1,2}$/.test(level)) fail(`compression-level: expected a number, found "${level}"`);
    settings.level = Number(level);
  }
  settings.force = flag('force-compression') ?? false;
  const oci = flag('oci-mediatypes');
  if (oci !== undefined) settings.family = oci ? 'oci' : 'docker';
  const rewrite = flag('rewrite-timestamp');
  if (rewrite !== undefined) settings.rewriteTimestamp = rewrite;
  for (const key of [...fields.keys()]) {
    if (key.startsWith('annotation.')) settings.annotations.push(`${key.slice('annotation.'.length)}=${take(key)}`);
    else if (/^annotation-[a-z-]+\./.test(key))
      settings.annotations.push(`${key.slice('annotation-'.length).replace('.', ':')}=${take(key)}`);
  }
  const names = (take('name') ?? '').split(',').filter((name) => name !== '');
  const destination = take('dest');
  const dest = destination === undefined ? undefined : destination === '-' ? '-' : resolve(cwd, destination);
  const output = outputOf();
  const unknown = [...fields.keys()][0];
  if (unknown !== undefined)
    fail(
      `unknown key "${unknown}"${didYouMean(unknown, ['type', 'dest', 'name', 'push', 'push-by-digest', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'rewrite-timestamp', 'tar'])}`,
    );
  return { output, settings };

  function outputOf(): Output {
    switch (type) {
      case 'image':
      case 'store':
      case 'registry': {
        const push = flag('push') ?? type === 'registry';
        // Known to buildx, and already so here.
        for (const ignored of ['store', 'unpack', 'name-canonical', 'dangling-name-prefix', 'registry.insecure'])
          take(ignored);
        return { type: 'image', names, push, pushByDigest: flag('push-by-digest') ?? false };
      }
      case 'oci':
      case 'docker': {
        const tar = flag('tar') ?? true;
        if (type === 'docker' && dest === undefined) return { type: 'load', names };
        if (!tar && (dest === undefined || dest === '-')) return fail('a folder (tar=false) needs dest=FOLDER');
        settings.family ??= type === 'docker' ? 'docker' : 'oci';
        return { type, dest: dest ?? '-', tar, names };
      }
      case 'tar':
        return { type: 'tar', dest: dest ?? '-' };
      case 'local':
        for (const ignored of ['mode', 'platform-split']) take(ignored);
        return { type: 'local', dest: dest ?? fail('dest=FOLDER is missing') };
      case 'cacheonly':
        return { type: 'cacheonly' };
      default:
        return fail(`unknown type "${type}"${didYouMean(type, TYPES)}`, `expected one of ${TYPES.join(', ')}`);
    }
  }
}

/** Cuts at commas, as CSV: a field may stand in double quotes. */
export function splitFields(text: string): string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
    .filter((field) => field !== '');
}

function compressionNamed(text: string, fail: (message: string, hint?: string) => never): Compression {
  const known: Record<string, Compression> = { gzip: 'gzip', zstd: 'zstd', uncompressed: 'none', none: 'none' };
  const found = Object.hasOwn(known, text) ? known[text] : undefined;
  return (
    found ??
    fail(`unknown compression "${text}"${didYouMean(text, Object.keys(known))}`, 'expected gzip, zstd or uncompressed')
  );
}
