import { parseLogTime } from '../../container/log-file.ts';
import { badValue } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'logs',
  aliases: ['container logs'],
  summary: 'Show what a container wrote',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { name: 'follow', short: 'f', type: 'boolean', help: 'Go on until it ends' },
    { name: 'tail', short: 'n', type: 'string', placeholder: 'N', help: 'Only the last N lines (default all)' },
    {
      name: 'since',
      type: 'string',
      placeholder: 'TIME',
      help: 'Only what is newer: 10m, 2026-01-02T15:04:05Z, 1767225600',
    },
    { name: 'until', type: 'string', placeholder: 'TIME', help: 'Only what is older' },
    { name: 'timestamps', short: 't', type: 'boolean', help: 'Show when each line was written' },
    { name: 'details', type: 'boolean', help: 'Accepted and ignored' },
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize logs -f --tail 100 web', 'The last lines, and what comes'],
    ['containerize logs --since 10m --timestamps web', 'The last ten minutes'],
  ],
  async run(args, { io, signal, engine }) {
    const time = (flag: string): number | undefined => {
      const text = args.string(flag);
      const at = text === undefined ? undefined : parseLogTime(text);
      if (text !== undefined && at === undefined)
        throw badValue(flag, 'a time such as 10m, 2026-01-02T15:04:05Z or 1767225600', text);
      return at;
    };
    const tail = args.string('tail');
    if (tail !== undefined && tail !== 'all' && !/^-?\d+$/.test(tail))
      throw badValue('tail', 'a number or "all"', tail);
    const [since, until] = [time('since'), time('until')];
    const container = await (await (await engine()).containers()).get(args.positional[0]!);
    const entries = await container.logs({
      follow: args.flag('follow'),
      ...(tail === undefined || tail === 'all' || Number(tail) < 0 ? {} : { tail: Number(tail) }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      signal,
    });
    for await (const entry of entries) {
      const out = entry.stream === 'stderr' ? io.stderr : io.stdout;
      const text = args.flag('timestamps') ? `${entry.time} ${entry.log}` : entry.log;
      if (!out.write(text)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
    }
    return 0;
  },
};
