import { ApiError } from './error.ts';

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What a path under /v2/ asks for. */
export type Route =
  | { kind: 'base' }
  | { kind: 'catalog' }
  | { kind: 'blob'; repository: string; digest: string }
  | { kind: 'uploads'; repository: string }
  | { kind: 'upload'; repository: string; id: string }
  | { kind: 'manifest'; repository: string; reference: string }
  | { kind: 'tags'; repository: string }
  | { kind: 'referrers'; repository: string; digest: string };

/** distribution-spec § Endpoints. undefined: no such thing here. */
export function parseRoute(path: string): Route | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (!path.startsWith('/v2/')) return undefined;
  const rest = path.slice('/v2/'.length);
  // A repository may itself be called a/blobs/b: the last keyword counts.
  const match =
    /^(.+)\/(?:blobs\/uploads\/?([^/]*)|blobs\/([^/]+)|manifests\/([^/]+)|tags\/(list)|referrers\/([^/]+))$/.exec(rest);
  if (match === null) return undefined;
  const [, name = '', upload, blob, manifest, tags, referrers] = match;
  const repository = checkName(name);
  if (upload !== undefined)
    return upload === '' ? { kind: 'uploads', repository } : { kind: 'upload', repository, id: upload };
  if (blob !== undefined) return { kind: 'blob', repository, digest: blob };
  if (manifest !== undefined) return { kind: 'manifest', repository, reference: manifest };
  if (tags !== undefined) return { kind: 'tags', repository };
  return { kind: 'referrers', repository, digest: referrers! };
}

export function checkName(name: string): string {
  if (name.length > 255 || !NAME.test(name))
    throw new ApiError('NAME_INVALID', `"${name.slice(0, 300)}" is not a repository name`);
  return name;
}
