import { resolve } from 'node:path';
import type { Container } from '../../container/container.ts';
import type { ContainerOptions } from '../../container/options.ts';
import { withLease } from '../../content/lease.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { containerBase } from '../../pipeline/container-base.ts';
import { type Progress, silent, type Task, type TaskInfo } from '../../progress.ts';
import type { Arguments, CommandContext, Terminal } from '../command.ts';
import { PULL_WORDS, TransferProgress } from '../transfer-progress.ts';
import { createUserFile } from '../user-file.ts';

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
    const pull = new PullOnStderr(io, args.flag('quiet'));
    try {
      const base = await containerBase(engine, image, {
        platform: platform === undefined ? undefined : parsePlatform(platform),
        pull: args.string('pull') as 'always' | 'missing' | 'never' | undefined,
        signal,
        progress: pull,
        onPull: () => pull.begin(image),
      });
      return await containers.create(base, options);
    } finally {
      pull.finish();
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

/** Tells about a pull on stderr, because stdout belongs to the container; made only when there is one. */
class PullOnStderr implements Progress {
  readonly #io: Terminal;
  readonly #quiet: boolean;
  #shown: TransferProgress | undefined;

  constructor(io: Terminal, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  begin(image: string): void {
    const { stderr, isTerminal } = this.#io;
    const onStderr = { stdout: { value: stderr }, isTerminal: { value: { ...isTerminal, stdout: isTerminal.stderr } } };
    this.#shown = new TransferProgress(Object.create(this.#io, onStderr) as Terminal, PULL_WORDS, {
      quiet: this.#quiet,
    });
    if (!this.#quiet) stderr.write(`Pulling ${image}\n`);
  }

  start(info: TaskInfo): Task {
    return (this.#shown ?? silent).start(info);
  }

  warn(message: string): void {
    (this.#shown ?? silent).warn(message);
  }

  finish(): void {
    this.#shown?.finish();
  }
}
