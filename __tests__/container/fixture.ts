import { afterAll } from '@jest/globals';
import { busyboxImage, type ImageParts } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';

/** A command line with the image `busybox`; whatever its containers left is killed at the end. */
export async function containerLine(name: string): Promise<CommandLine> {
  let cli: CommandLine | undefined;
  // before the folder goes: hooks run in the order in which they were said
  afterAll(async () => {
    if (cli === undefined) return;
    const containers = await (await cli.engine).containers();
    for (const container of await containers.list()) await container.remove({ force: true, volumes: true });
  });
  cli = new CommandLine(await scratchFolder(name));
  await addImage(cli, 'busybox');
  return cli;
}

export async function addImage(cli: CommandLine, name: string, parts: ImageParts = {}): Promise<void> {
  const engine = await cli.engine;
  const image = await busyboxImage(await engine.content(), parts);
  await (await engine.refs()).set(`docker.io/library/${name}:latest`, image.descriptor);
}
