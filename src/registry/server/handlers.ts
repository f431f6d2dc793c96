import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isDigest } from '../../oci/digest.ts';
import { MAX_MANIFEST_SIZE } from '../../oci/manifest.ts';
import { MEDIA } from '../../oci/media-type.ts';
import { accepted, created, json, list, uploadHeaders } from './answers.ts';
import { type Call, digestOf, lengthOf, mediaTypeOf, readWhole } from './call.ts';
import { ApiError } from './error.ts';
import { Manifests, parseManifestName } from './manifests.ts';
import { parseContentRange, parseRange } from './range.ts';
import { checkName, type Route } from './route.ts';
import type { Storage } from './storage.ts';
import type { Uploads } from './uploads.ts';

type Of<K extends Route['kind']> = Call<Extract<Route, { kind: K }>>;

/** What may be done here. */
export interface Permissions {
  write: boolean;
  delete: boolean;
}

/** The end points of distribution-spec 1.1. */
export class Handlers {
  readonly #storage: Storage;
  readonly #uploads: Uploads;
  readonly #manifests: Manifests;
  readonly #may: Permissions;

  constructor(storage: Storage, uploads: Uploads, may: Permissions) {
    this.#storage = storage;
    this.#uploads = uploads;
    this.#manifests = new Manifests(storage);
    this.#may = may;
  }

  async handle(call: Call): Promise<void> {
    const { route } = call;
    const method = call.request.method ?? 'GET';
    if (method === 'DELETE' && route.kind !== 'upload' && !this.#may.delete)
      throw new ApiError('UNSUPPORTED', 'this registry does not delete: start it with --delete');
    if (method !== 'GET' && method !== 'HEAD' && !this.#may.write)
      throw new ApiError('UNSUPPORTED', 'this registry is read-only');
    switch (route.kind) {
      case 'base':
        return allow(method, ['GET', 'HEAD'], () => json(call, 200, {}));
      case 'catalog':
        return allow(method, ['GET'], async () => list(call, 'repositories', await this.#storage.repositories()));
      case 'tags':
        return allow(method, ['GET'], async () =>
          list(call, 'tags', await this.#manifests.tags(route.repository), { name: route.repository }),
        );
      case 'referrers':
        return allow(method, ['GET'], () => this.#referrers({ ...call, route }));
      case 'manifest':
        return this.#manifest({ ...call, route }, method);
      case 'blob':
        return this.#blob({ ...call, route }, method);
      case 'uploads':
        return allow(method, ['POST'], () => this.#startUpload({ ...call, route }));
      case 'upload':
        return this.#upload({ ...call, route }, method);
    }
  }

  async #referrers(call: Of<'referrers'>): Promise<void> {
    const artifactType = call.query.get('artifactType') ?? undefined;
    const index = await this.#manifests.referrers(call.route.repository, digestOf(call.route.digest), artifactType);
    json(call, 200, index, {
      'content-type': MEDIA.ociIndex,
      ...(artifactType === undefined ? {} : { 'oci-filters-applied': 'artifactType' }),
    });
  }

  async #manifest(call: Of<'manifest'>, method: string): Promise<void> {
    const { route, request, response } = call;
    const name = parseManifestName(route.reference);
    if (method === 'GET' || method === 'HEAD') {
      const { digest, mediaType, bytes } = await this.#manifests.get(route.repository, name);
      const headers = { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` };
      if (request.headers['if-none-match'] === `"${digest}"`) return void response.writeHead(304, headers).end();
      response
        .writeHead(200, { ...headers, 'content-length': bytes.length })
        .end(method === 'HEAD' ? undefined : bytes);
    } else if (method === 'PUT') {
      const bytes = await readWhole(request, MAX_MANIFEST_SIZE);
      const tags = call.query.getAll('tag');
      const { digest, subject } = await this.#manifests.put(route.repository, name, mediaTypeOf(request), bytes, tags);
      response
        .writeHead(201, {
          location: `/v2/${route.repository}/manifests/${digest}`,
          'docker-content-digest': digest,
          'content-length': 0,
          ...(subject === undefined ? {} : { 'oci-subject': subject }),
          ...(tags.length === 0 ? {} : { 'oci-tag': tags }),
        })
        .end();
    } else if (method === 'DELETE') {
      await this.#manifests.delete(route.repository, name);
      response.writeHead(202, { 'content-length': 0 }).end();
    } else throw notAllowed(method);
  }

  async #blob(call: Of<'blob'>, method: string): Promise<void> {
    const { route, request, response } = call;
    const digest = digestOf(route.digest);
    if (method === 'DELETE') {
      if (!(await this.#storage.unlink(route.repository, '_blobs', digest)))
        throw new ApiError('BLOB_UNKNOWN', `no blob ${digest} in ${route.repository}`);
      return void response.writeHead(202, { 'content-length': 0 }).end();
    }
    if (method !== 'GET' && method !== 'HEAD') throw notAllowed(method);
    const size = await this.#storage.blobSize(route.repository, digest);
    if (size === undefined) throw new ApiError('BLOB_UNKNOWN', `no blob ${digest} in ${route.repository}`);
    const headers = {
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=31536000',
    };
    if (request.headers['if-none-match'] === `"${digest}"`) return void response.writeHead(304, headers).end();
    const condition = request.headers['if-range'];
    const range =
      condition === undefined || condition === `"${digest}"` ? parseRange(request.headers.range, size) : undefined;
    if (range === 'unsatisfiable') {
      throw new ApiError('RANGE_INVALID', `the blob has ${size} bytes`, {
        headers: { 'content-range': `bytes */${size}` },
      });
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      'content-length': end - start + 1,
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    if (method === 'HEAD' || size === 0) return void response.end();
    await pipeline(
      createReadStream(this.#storage.blobPath(digest), { start, end, highWaterMark: 512 * 1024 }),
      response,
    );
  }

  async #startUpload(call: Of<'uploads'>): Promise<void> {
    const { route, query, request, response } = call;
    const mount = query.get('mount');
    if (mount !== null && isDigest(mount)) {
      const from = query.get('from');
      const there =
        from === null ? await this.#storage.anyBlobSize(mount) : await this.#storage.blobSize(checkName(from), mount);
      if (there !== undefined && (await this.#storage.link(route.repository, mount)))
        return created(response, route.repository, mount);
    }
    const id = await this.#uploads.start(route.repository);
    const digest = query.get('digest');
    if (digest === null) return accepted(response, route.repository, id, 0);
    const wanted = digestOf(digest);
    await this.#uploads.append(route.repository, id, request, undefined, lengthOf(request));
    await this.#uploads.finish(route.repository, id, wanted);
    created(response, route.repository, wanted);
  }

  async #upload(call: Of<'upload'>, method: string): Promise<void> {
    const { repository, id } = call.route;
    const { request, response } = call;
    if (method === 'GET' || method === 'HEAD') {
      const size = await this.#uploads.size(repository, id);
      response.writeHead(204, uploadHeaders(repository, id, size)).end();
    } else if (method === 'PATCH') {
      accepted(response, repository, id, await this.#append(call));
    } else if (method === 'PUT') {
      const digest = digestOf(call.query.get('digest') ?? '');
      if (lengthOf(request) !== 0) await this.#append(call);
      await this.#uploads.finish(repository, id, digest);
      created(response, repository, digest);
    } else if (method === 'DELETE') {
      await this.#uploads.cancel(repository, id);
      response.writeHead(204).end();
    } else throw notAllowed(method);
  }

  #append({ route, request }: Of<'upload'>): Promise<number> {
    const header = request.headers['content-range'];
    const range = header === undefined ? undefined : parseContentRange(header);
    if (header !== undefined && range === undefined)
      throw new ApiError('RANGE_INVALID', `"${header.slice(0, 100)}" is not a range such as 0-1023`);
    const length = lengthOf(request);
    if (range !== undefined && length !== undefined && range.length !== length)
      throw new ApiError('SIZE_INVALID', `Content-Range says ${range.length} bytes, Content-Length ${length}`);
    return this.#uploads.append(route.repository, route.id, request, range?.start, range?.length ?? length);
  }
}

function notAllowed(method: string): ApiError {
  return new ApiError('UNSUPPORTED', `${method} does nothing here`);
}

function allow(method: string, allowed: readonly string[], work: () => void | Promise<void>): void | Promise<void> {
  if (!allowed.includes(method)) throw notAllowed(method);
  return work();
}
