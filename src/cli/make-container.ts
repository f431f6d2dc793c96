import { resolve } from 'node:path';
import type { Container } from '../container/container.ts';
import type { ContainerOptions } from '../container/options.ts';
import { withLease } from '../content/lease.ts';
import { parsePlatform } from '../oci/platform.ts';
import { containerBase } from '../pipeline/container-base.ts';
import type { Arguments, CommandContext } from './command.ts';
import { createUserFile } from './user-file.ts';

/** What `run` and `create` share: finds or pulls the image, makes the container, writes `--cidfile`. */
export async function makeContainer(
  image: string,
  options: ContainerOptions,
  args: Arguments,
  context: CommandContext,
): Promise<Container> {
  const { io, signal, cwd, owner } = context;
  const platform = args.string('platform');
  const engine = await context.engine();
  engine.onWarning = (message) => io.stderr.write(`warning: ${message}\n`);
  const [content, containers] = await Promise.all([engine.content(), engine.containers()]);
  // until the record is on disk nothing else says that the image is in use
  const container = await withLease(content, async () => {
    const progress = await pullProgress(args, context);
    try {
      const base = await containerBase(engine, image, {
        platform: platform === undefined ? undefined : parsePlatform(platform),
        pull: args.string('pull') as 'always' | 'missing' | 'never' | undefined,
        signal,
        progress: progress?.progress,
        onPull: () => !args.flag('quiet') && io.stderr.write(`Pulling ${image}\n`),
      });
      return await containers.create(base, options);
    } finally {
      progress?.finish();
    }
  });
  const cidfile = args.string('cidfile');
  if (cidfile !== undefined) {
    try {
      await createUserFile(resolve(cwd, cidfile), container.id, owner, '--cidfile');
    } catch (error) {
      await container.remove({ volumes: true });
      throw error;
    }
  }
  return container;
}

async function pullProgress(_args: Arguments, _context: CommandContext) {
  return undefined as { progress: import('../progress.ts').Progress; finish(): void } | undefined;
}
