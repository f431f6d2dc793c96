import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { TarWriter } from '../../content/archive/tar-writer.ts';
import type { Fetcher } from '../../content/store.ts';
import { messageOf } from '../../errors.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { Progress } from '../../progress.ts';
import type { AssembledImage } from '../assemble.ts';
import { BuildError } from '../error.ts';

/** Where a docker daemon listens. */
export type DockerAddress = { socketPath: string } | { host: string; port: number };

/** Reads DOCKER_HOST; `tcp://` with TLS and `ssh://` are docker's own business. */
export function parseDockerHost(text: string): DockerAddress {
  const unix = /^unix:\/\/(\/.*)$/.exec(text);
  if (unix) return { socketPath: unix[1]! };
  const tcp = /^(?:tcp|http):\/\/([^:/]+|\[[0-9a-f:]+\]):(\d+)\/?$/i.exec(text);
  if (tcp) return { host: tcp[1]!.replace(/^\[|\]$/g, ''), port: Number(tcp[2]) };
  throw new BuildError(
    'load-failed',
    `cannot load into DOCKER_HOST=${text}: expected unix:///path or tcp://host:port`,
    { hint: 'or write --output type=docker,dest=image.tar and docker load it' },
  );
}

/** Sends an image to a docker daemon, without the layers that it surely has. */
export async function loadIntoDocker(
  address: DockerAddress,
  image: AssembledImage,
  content: Fetcher,
  names: readonly string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const task = progress.start({ name: 'loading into docker' });
  try {
    const present = await presentLayers(address, image.config.rootfs.diff_ids, signal);
    const layers = image.manifest.layers;
    if (present > 0) task.note(`${present} of ${layers.length} layers are there already`);
    await send(address, image, content, names, present, (bytes) => task.progress(bytes), signal);
    task.done();
  } catch (error) {
    const wrapped =
      error instanceof BuildError || signal.aborted
        ? error
        : new BuildError('load-failed', `cannot load into docker: ${messageOf(error)}`, { cause: error });
    task.fail(wrapped);
    throw wrapped;
  }
}

/**
 * How many of our layers, from the base, the daemon has: those of an image of its that begins with the same ones. Only
 * where it keeps layers by their diff IDs: a containerd image store wants every blob.
 */
async function presentLayers(address: DockerAddress, ours: readonly Digest[], signal: AbortSignal): Promise<number> {
  const info = (await json(address, '/info', signal)) as { DriverStatus?: [string, string][] };
  if (info.DriverStatus?.some(([, value]) => /containerd\.snapshotter/.test(value))) return 0;
  const images = (await json(address, '/images/json', signal)) as { Id: string }[];
  let most = 0;
  for (const { Id } of images.slice(0, 200)) {
    const details = (await json(address, `/images/${Id}/json`, signal).catch(() => undefined)) as
      | { RootFS?: { Layers?: string[] } }
      | undefined;
    const theirs = details?.RootFS?.Layers ?? [];
    let same = 0;
    while (same < ours.length && ours[same] === theirs[same]) same++;
    most = Math.max(most, same);
    if (most === ours.length) break;
  }
  return most;
}

async function send(
  address: DockerAddress,
  image: AssembledImage,
  content: Fetcher,
  names: readonly string[],
  skip: number,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { manifest, configDescriptor } = image;
  const layerPath = (digest: Digest) => `${digestHex(digest)}.tar`;
  let call!: ClientRequest;
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call = request(
      {
        ...address,
        method: 'POST',
        path: '/images/load?quiet=1',
        headers: { 'Content-Type': 'application/x-tar' },
        signal,
      },
      resolve,
    );
    call.once('error', reject);
  });
  // A daemon that refuses closes while we still write: its answer says why, the broken pipe does not.
  answered.catch(() => {});
  const writer = new TarWriter(call);
  try {
    const config = `${digestHex(configDescriptor.digest)}.json`;
    await writer.add({ name: config, size: configDescriptor.size }, await content.fetch(configDescriptor));
    let bytes = 0;
    const count = (n: number) => {
      bytes += n;
      sent(bytes);
    };
    const seen = new Set<Digest>();
    for (const layer of manifest.layers.slice(skip)) {
      if (seen.has(layer.digest)) continue;
      seen.add(layer.digest);
      await writer.add({ name: layerPath(layer.digest), size: layer.size }, counted(await content.fetch(layer), count));
    }
    const list = [
      {
        Config: config,
        RepoTags: names.map((name) => familiarReference(parseReference(name))),
        Layers: manifest.layers.map((layer) => layerPath(layer.digest)),
      },
    ];
    await writer.add({ name: 'manifest.json' }, Buffer.from(JSON.stringify(list)));
    await writer.finish();
  } catch (error) {
    call.destroy();
    throw error;
  }
  const response = await answered;
  const text = await body(response);
  const refusal =
    /"error"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? (response.statusCode === 200 ? undefined : text.trim());
  if (refusal !== undefined)
    throw new BuildError('load-failed', `docker did not load the image: ${refusal.slice(0, 500)}`);
}

async function* counted(source: Readable, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count((chunk as Uint8Array).byteLength);
    yield chunk as Uint8Array;
  }
}

async function json(address: DockerAddress, path: string, signal: AbortSignal): Promise<unknown> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...address, path, signal }, resolve)
      .once('error', reject)
      .end();
  });
  const text = await body(response);
  if (response.statusCode !== 200)
    throw new BuildError('load-failed', `docker answered ${response.statusCode} to GET ${path}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

async function body(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) if (text.length < 1 << 24) text += chunk;
  return text;
}
