import { commitContainer } from '../../container/commit.ts';
import { withLease } from '../../content/lease.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'commit',
  aliases: ['container commit'],
  summary: 'Make an image of a container as it is',
  usage: '[OPTIONS] CONTAINER [NAME[:TAG]]',
  options: [
    { name: 'author', short: 'a', type: 'string', placeholder: 'NAME', help: 'Author of the image' },
    {
      name: 'change',
      short: 'c',
      type: 'list',
      placeholder: 'INSTRUCTION',
      help: 'Dockerfile instruction to apply: CMD ["app"]',
    },
    { name: 'message', short: 'm', type: 'string', placeholder: 'TEXT', help: 'Message in the history' },
    { name: 'pause', short: 'p', type: 'boolean', help: 'Pause it meanwhile (default true)' },
  ],
  arguments: { min: 1, max: 2 },
  examples: [
    ['containerize commit box tools:1', 'Keep what you installed by hand'],
    ['containerize commit -c \'CMD ["serve"]\' box app:test', 'With another command'],
  ],
  async run(args, { io, engine }) {
    const opened = await engine();
    const [containers, store, refs] = await Promise.all([opened.containers(), opened.content(), opened.refs()]);
    const [name, target] = args.positional;
    const reference = target === undefined ? undefined : withDefaultTag(parseReference(target));
    if (reference?.digest !== undefined)
      throw new UsageError('bad-value', `cannot give a name with a digest: ${target}`);
    const container = await containers.get(name!);
    const changes = args.list('change');
    const change = changes.length === 0 ? undefined : (await import('../../pipeline/changed-config.ts')).changedConfig;
    const pauses =
      (args.maybeFlag('pause') ?? true) &&
      (await container.state()).status === 'running' &&
      !(await container.isPaused());
    if (pauses) await container.pause(true);
    try {
      const { config } = await withLease(store, async () => {
        const made = await commitContainer(container.services, container.record, store, {
          author: args.string('author'),
          message: args.string('message'),
          change: (run) => change?.(run, changes) ?? run,
          created: new Date().toISOString(),
        });
        if (reference === undefined) await refs.addUntagged(made.manifest);
        else await refs.set(formatReference(reference), made.manifest);
        return made;
      });
      io.stdout.write(`${config.digest}\n`);
    } finally {
      if (pauses) await container.pause(false);
    }
    return 0;
  },
};
