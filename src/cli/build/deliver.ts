import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BuildResult } from '../../build/build.ts';
import { BuildError } from '../../build/error.ts';
import type { Output } from '../../build/outputs/output.ts';
import type { BuildServices } from '../../build/services.ts';
import type { Image } from '../../content/store.ts';
import { messageOf } from '../../errors.ts';
import { hostPlatform, samePlatform } from '../../oci/platform.ts';
import { callerOf } from '../caller.ts';
import type { CommandContext } from '../command.ts';

export interface Delivery {
  context: CommandContext;
  services: BuildServices;
  push(image: Image, names: readonly string[], byDigest: boolean): Promise<void>;
  setNames(named: readonly { name: string; descriptor: Image['descriptor'] }[]): Promise<void>;
  keep(descriptor: Image['descriptor']): Promise<void>;
}

/** Brings the result to one output. */
export async function deliver(output: Output, result: BuildResult, delivery: Delivery): Promise<void> {
  const { services, context } = delivery;
  const { progress } = services;
  const image: Image = { descriptor: result.descriptor, content: services.content };
  switch (output.type) {
    case 'cacheonly':
      return;
    case 'image':
      return deliverImage(output, image, result, delivery);
    case 'oci':
    case 'docker': {
      await fetchAll(result);
      const archive = await import('../../build/outputs/archive.ts');
      if (!output.tar) return archive.writeLayout(output.dest, image, output.names, progress);
      return intoFile(output.dest, context, (out) =>
        archive.writeArchive(out, image, output.names, output.type, progress),
      );
    }
    case 'tar':
    case 'local': {
      const files = await import('../../build/outputs/root-files.ts');
      const options = { services, progress, signal: services.signal, epoch: result.epoch };
      const several = result.images.length > 1;
      // As buildx names them: linux_amd64, linux_arm_v7.
      const parts = result.images.map(({ platform, result: root }) => ({
        result: root,
        ...(several && {
          folder: [platform.os, platform.architecture, ...(platform.variant ? [platform.variant] : [])].join('_'),
        }),
      }));
      if (output.type === 'tar')
        return intoFile(output.dest, context, (out) => files.writeRootTar(out, parts, options));
      for (const { result: root, folder } of parts) {
        const dest = folder === undefined ? output.dest : join(output.dest, folder);
        await files.writeRootFolder(dest, root, context.owner, options);
      }
      return;
    }
    case 'load':
      return load(output.names, image, result, delivery);
  }
}

async function deliverImage(
  output: Extract<Output, { type: 'image' }>,
  image: Image,
  result: BuildResult,
  delivery: Delivery,
): Promise<void> {
  await fetchAll(result);
  const task = delivery.services.progress.start({ name: 'exporting to image' });
  try {
    task.note(`manifest ${image.descriptor.digest}`);
    if (output.names.length === 0) await delivery.keep(image.descriptor);
    else if (!output.pushByDigest)
      await delivery.setNames(output.names.map((name) => ({ name, descriptor: image.descriptor })));
    for (const name of output.names) task.note(`naming to ${name}`);
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  }
  if (output.push) await delivery.push(image, output.names, output.pushByDigest);
}

/** Into the docker that DOCKER_HOST names or that listens where docker does, else into podman. */
async function load(
  names: readonly string[],
  image: Image,
  result: BuildResult,
  { context, services }: Delivery,
): Promise<void> {
  await fetchAll(result);
  const { env } = context;
  const { progress, signal, content } = services;
  const host = env.DOCKER_HOST || ((await exists('/var/run/docker.sock')) ? 'unix:///var/run/docker.sock' : undefined);
  if (host !== undefined) {
    const { loadIntoDocker, parseDockerHost } = await import('../../build/outputs/docker-load.ts');
    const own = result.images.find(({ platform }) => samePlatform(platform, hostPlatform())) ?? result.images[0]!;
    if (result.images.length > 1)
      progress.warn(`docker holds one platform of an image: loading ${own.platform.os}/${own.platform.architecture}`);
    return loadIntoDocker(parseDockerHost(host), own, content, names, progress, signal);
  }
  const podman = await inPath('podman', env.PATH ?? '');
  if (podman === undefined)
    throw new BuildError(
      'load-failed',
      '--load: there is neither a docker daemon (DOCKER_HOST, /var/run/docker.sock) nor podman here',
      { hint: 'the image is in our own store: containerize run uses it from there' },
    );
  const { loadIntoPodman } = await import('../../build/outputs/podman-load.ts');
  const user = callerOf(context, await context.engine());
  return loadIntoPodman(podman, image, names, { ...env, HOME: context.home }, progress, signal, user);
}

/** A file of the user's, or standard output; nothing half-written is left. */
async function intoFile(dest: string, context: CommandContext, write: (out: Writable) => Promise<void>): Promise<void> {
  if (dest === '-') {
    if (context.io.isTerminal.stdout)
      throw new BuildError('output-failed', 'refusing to write an archive to the terminal', {
        hint: 'name a file with dest=FILE, or redirect standard output',
      });
    const through = new PassThrough();
    // The user's own stream stays open.
    const piped = pipeline(through, context.io.stdout, { end: false });
    await Promise.all([write(through), piped]);
    return;
  }
  const { open, rename, rm, chown } = await import('node:fs/promises');
  const { temporaryName } = await import('../../files.ts');
  const temporary = temporaryName(dest);
  try {
    const file = await open(temporary, 'wx');
    const out = file.createWriteStream();
    // Who writes hears of it as well; without a listener it would end the process.
    out.on('error', () => {});
    await write(out);
    await chown(temporary, context.owner.uid, context.owner.gid);
    await rename(temporary, dest);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof BuildError
      ? error
      : new BuildError('output-failed', `cannot write ${dest}: ${messageOf(error)}`, { cause: error });
  }
}

async function fetchAll(result: BuildResult): Promise<void> {
  await Promise.all(result.images.map((image) => image.result.fetchLayers()));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function inPath(program: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter))
    if (folder !== '' && (await exists(join(folder, program)))) return join(folder, program);
  return undefined;
}
