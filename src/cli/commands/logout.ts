import { configKey } from '../../registry/credentials.ts';
import { parseServerName } from '../../registry/server-name.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'logout',
  summary: 'Log out from a registry',
  usage: '[SERVER]',
  options: [],
  arguments: { max: 1 },
  examples: [['containerize logout ghcr.io', 'Forget the stored password']],
  async run(args, { io, engine }) {
    const registry = parseServerName(args.positional[0]);
    const store = await (await engine()).credentials();
    const there = await store.erase(registry);
    io.stdout.write(
      there ? `Removing login credentials for ${configKey(registry)}\n` : `Not logged in to ${configKey(registry)}\n`,
    );
    return 0;
  },
};
