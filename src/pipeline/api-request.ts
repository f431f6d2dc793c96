import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { BuildRequest } from '../build/request.ts';
import { hostPlatform, type Platform, parsePlatform } from '../oci/platform.ts';
import type { BuildOptions } from './api-types.ts';

/** What the library was asked to build, as the builder wants it. */
export async function requestOf(options: BuildOptions): Promise<BuildRequest> {
  const context = resolve(options.context);
  const path = options.file === undefined ? join(context, 'Dockerfile') : resolve(options.file);
  const platforms: readonly Platform[] = options.platforms?.map((text) => parsePlatform(text)) ?? [hostPlatform()];
  return {
    dockerfile: { text: await readFile(path, 'utf8'), name: options.file ?? 'Dockerfile', path },
    context,
    contexts: new Map(),
    ...(options.target === undefined ? {} : { target: options.target }),
    buildArgs: options.buildArgs ?? {},
    platforms,
    noCache: options.noCache ?? false,
    noCacheFilter: [],
    pull: options.pull ? 'always' : 'missing',
    secrets: new Map(Object.entries(options.secrets ?? {}).map(([id, file]) => [id, { file: resolve(file) }])),
    ssh: new Map(),
    labels: options.labels ?? {},
    annotations: () => ({ manifest: {}, manifestDescriptor: {}, index: {} }),
    network: 'default',
    addHosts: [],
    ulimits: [],
    limits: {},
    allow: new Set(),
    ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
    rewriteTimestamp: false,
    compression: { type: 'gzip' },
    family: 'oci',
    explain: options.explain ?? false,
    jobs: Math.max(2, availableParallelism()),
  };
}
