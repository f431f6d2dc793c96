import { posix, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copyInto, copyIntoTar, copyOut, copyOutTar } from '../../container/copy-files.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'cp',
  aliases: ['container cp'],
  summary: 'Copy files between a container and this machine',
  usage: '[OPTIONS] CONTAINER:PATH PATH|-   or   PATH|- CONTAINER:PATH',
  options: [
    { name: 'archive', short: 'a', type: 'boolean', help: 'Keep user and group of what is copied' },
    { name: 'follow-link', short: 'L', type: 'boolean', help: 'Copy what the source links to' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Accepted: nothing is said anyway' },
  ],
  arguments: { min: 2, max: 2 },
  examples: [
    ['containerize cp web:/var/log/app.log .', 'A file out of it'],
    ['containerize cp ./config/. web:/etc/app', "A folder's contents into it"],
    ['containerize cp web:/srv - | tar -t', 'A tar of a folder'],
  ],
  async run(args, context) {
    const [source, destination] = args.positional.map(splitPlace) as [Place, Place];
    if ((source.container === undefined) === (destination.container === undefined)) {
      const what = source.container === undefined ? 'neither of the two is' : 'both are';
      throw new UsageError(
        'bad-combination',
        `cp copies between a container and this machine, and ${what} in a container`,
        { hint: 'write CONTAINER:PATH for the one that is' },
      );
    }
    const { io, cwd, owner, signal } = context;
    const containers = await (await context.engine()).containers();
    const { services, record } = await containers.get(source.container ?? destination.container!);
    const options = { archive: args.flag('archive'), followLink: args.flag('follow-link'), owner };
    if (source.container !== undefined) {
      if (destination.path !== '-')
        await copyOut(services, record, source.path, outside(cwd, destination.path), options);
      else if (io.isTerminal.stdout)
        throw new UsageError('bad-combination', 'a tar is not for a terminal: redirect the output');
      else
        await pipeline(await copyOutTar(services, record, source.path, { ...options, signal }), io.stdout, {
          end: false,
        });
    } else if (source.path !== '-')
      await copyInto(services, record, outside(cwd, source.path), destination.path, options);
    else await copyIntoTar(services, record, io.stdin, destination.path, signal);
    return 0;
  },
};

interface Place {
  container?: string;
  path: string;
}

/** `CONTAINER:PATH`; a colon after a slash belongs to a path of this machine, as in `./a:b`. */
function splitPlace(text: string): Place {
  const colon = text.indexOf(':');
  if (text === '-' || colon < 0 || text.startsWith('/') || text.startsWith('.') || text.slice(0, colon).includes('/'))
    return { path: text };
  const path = text.slice(colon + 1);
  if (colon === 0) throw new UsageError('bad-value', `cp: the name of the container is missing in "${text}"`);
  return { container: text.slice(0, colon), path: path.startsWith('/') ? path : `/${path}` };
}

/** Absolute, but with the endings that mean something: `/` and `/.`. */
function outside(cwd: string, path: string): string {
  const ending = path === '.' || path.endsWith('/.') ? '/.' : path.endsWith('/') ? '/' : '';
  const absolute = resolve(cwd, path);
  return ending === '' || absolute === '/'
    ? `${absolute}${absolute === '/' && ending === '/.' ? '.' : ''}`
    : posix.normalize(absolute) + ending;
}
