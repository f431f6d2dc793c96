import { Readable } from 'node:stream';
import { importRoot } from '../../content/archive/import-root.ts';
import { readStored } from '../../content/image-list.ts';
import { withLease } from '../../content/lease.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { readUserFile } from '../user-stream.ts';

export const command: Command = {
  name: 'import',
  summary: 'Make an image from the tar of a root file system',
  usage: '[OPTIONS] FILE|- [REPOSITORY[:TAG]]',
  options: [
    {
      name: 'change',
      short: 'c',
      type: 'list',
      placeholder: 'INSTRUCTION',
      help: 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR',
    },
    { name: 'message', short: 'm', type: 'string', placeholder: 'TEXT', help: 'Comment in the history' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'What the files are made for; default this machine',
    },
  ],
  arguments: { min: 1, max: 2 },
  examples: [
    [
      'debootstrap --variant=minbase bookworm root && tar -C root -c . | containerize import - debian:bookworm',
      'A base image from packages',
    ],
    [
      "containerize import -c 'CMD [\"sh\"]' -c 'ENV LANG=C.UTF-8' rootfs.tar.gz base:1",
      'With defaults for containers',
    ],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const [file, name] = args.positional as [string, string?];
    const reference = name === undefined ? undefined : withDefaultTag(parseReference(name));
    if (reference?.digest !== undefined) throw new UsageError('bad-value', `cannot give a name with a digest: ${name}`);
    if (/^https?:\/\//.test(file))
      throw new UsageError('bad-value', 'import reads a file or standard input, no URL', {
        hint: `curl -fL ${file} | containerize import - ${name ?? ''}`,
      });
    if (file === '-' && context.io.isTerminal.stdin)
      throw new UsageError('bad-combination', 'a tar is expected on standard input, which is a terminal');
    const platform = args.string('platform');
    const { changedConfig } = await import('../../pipeline/changed-config.ts');
    const config = changedConfig({}, args.list('change'));
    const { compress } = await import('../../layer/compress.ts');
    const stream = file === '-' ? context.io.stdin : await readUserFile(file, context);
    const image = await withLease(store, async () => {
      const made = await importRoot(store, stream, {
        where: file === '-' ? 'standard input' : file,
        platform: platform === undefined ? hostPlatform() : parsePlatform(platform),
        config,
        message: args.string('message') ?? `Imported from ${file}`,
        created: new Date().toISOString(),
        compress: (plain) => Readable.from(compress(plain, 'gzip'), { objectMode: false }),
      });
      if (reference) await refs.set(formatReference(reference), made.descriptor);
      else await refs.addUntagged(made.descriptor);
      return made;
    });
    context.io.stdout.write(`${(await readStored(store, image.descriptor, [])).id}\n`);
    return 0;
  },
};
