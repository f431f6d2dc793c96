import { isAbsolute, relative, resolve } from 'node:path';
import { splitFields } from '../../build/outputs/output.ts';
import type { BuildRequest } from '../../build/request.ts';
import { parseDuration } from '../../dockerfile/duration.ts';
import { parseDigest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { CacheLocation } from '../../pipeline/cache/location.ts';
import { parseSize } from '../../size.ts';
import { badValue } from '../arguments.ts';
import { splitOnce } from './flag-values.ts';

/**
 * `type=local,src=FOLDER`, `type=local,dest=FOLDER`, `type=registry,ref=NAME`, or a name alone, `type=gha[,scope=NAME]`.
 * `scope`: that of GitHub's cache service when the value names none.
 */
export function parseCacheLocation(
  flag: 'cache-from' | 'cache-to',
  value: string,
  cwd: string,
  scope = 'build',
): CacheLocation {
  const fields = new Map(splitFields(value).map((field) => splitOnce(field, '=') as [string, string | undefined]));
  const type = value.includes('=') ? fields.get('type') : 'registry';
  const mode = fields.get('mode') ?? 'max';
  if (mode !== 'min' && mode !== 'max') throw badValue(flag, 'mode=min or mode=max', value);
  const options = {
    mode,
    ...(fields.get('ignore-error') === 'true' ? { ignoreError: true } : {}),
    ...mountBudgetOf(flag, value, fields.get('mounts')),
  } as const;
  if (type === 'registry') {
    const ref = value.includes('=') ? fields.get('ref') : value;
    if (ref === undefined || ref === '') throw badValue(flag, 'type=registry,ref=NAME[:TAG]', value);
    return { type, reference: parseReference(ref), ...options };
  }
  if (type === 'gha') {
    const timeout = fields.get('timeout');
    const timeoutMs = timeout === undefined ? undefined : millisecondsOf(timeout);
    if (timeout !== undefined && timeoutMs === undefined)
      throw badValue(flag, 'timeout=TIME such as 90s or 10m', value);
    return {
      type,
      scope: fields.get('scope') || scope,
      ...options,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
  }
  if (type !== 'local') {
    const known = ['inline', 's3', 'azblob'].includes(type ?? '');
    const why = known ? `caches of type ${type} are not there` : undefined;
    throw badValue(flag, 'type=local, type=registry or type=gha', value, why);
  }
  const folder = flag === 'cache-from' ? (fields.get('src') ?? fields.get('source')) : fields.get('dest');
  if (folder === undefined || folder === '')
    throw badValue(flag, flag === 'cache-from' ? 'src=FOLDER' : 'dest=FOLDER', value);
  const [tag, digest] = [fields.get('tag'), fields.get('digest')];
  return {
    type,
    folder: resolve(cwd, folder),
    ...options,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

/** `mounts=none`, `mounts=500mb`: what archives of cache mounts may take. */
function mountBudgetOf(flag: string, value: string, text: string | undefined): { mountBudget?: number } {
  if (text === undefined) return {};
  const mountBudget = text === 'none' ? 0 : parseSize(text);
  if (mountBudget === undefined) throw badValue(flag, 'mounts=SIZE such as 2gb, or mounts=none', value);
  return { mountBudget };
}

function millisecondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined || nanoseconds <= 0 ? undefined : nanoseconds / 1e6;
}

/**
 * The scope of a build that names none: image (or Dockerfile), stage and platforms, so that the jobs of a matrix, and the
 * images of one repository, do not take each other's place.
 */
export function scopeOf(request: BuildRequest, names: readonly string[], cwd: string): string {
  const { dockerfile, target, platforms } = request;
  return [
    names[0] === undefined ? dockerfileName(dockerfile, cwd) : repositoryOf(names[0]),
    ...(target === undefined ? [] : [target]),
    platforms.map(formatPlatform).join('+'),
  ].join(' ');
}

function repositoryOf(name: string): string {
  const { tag: _, digest: __, ...repository } = parseReference(name);
  return familiarReference(repository);
}

/** Below the working folder, which may lie elsewhere the next time. */
function dockerfileName({ path, name }: BuildRequest['dockerfile'], cwd: string): string {
  if (path === undefined) return name;
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? name : below;
}
