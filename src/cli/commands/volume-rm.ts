import { ContainerError } from '../../container/container-error.ts';
import type { Command } from '../command.ts';
import { reportError } from '../report-error.ts';

export const command: Command = {
  name: 'volume rm',
  aliases: ['volume remove'],
  summary: 'Remove volumes',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  options: [{ name: 'force', short: 'f', type: 'boolean', help: 'One that is not there is no error' }],
  arguments: { min: 1 },
  examples: [['containerize volume rm data', 'Remove it with what is in it']],
  async run(args, context) {
    const engine = await context.engine();
    const [volumes, containers] = await Promise.all([engine.volumes(), engine.containers()]);
    let code = 0;
    for (const name of args.positional) {
      try {
        if (args.flag('force') && (await volumes.get(name)) === undefined) continue;
        await volumes.need(name);
        const users = await containers.usersOfVolume(name);
        if (users.length > 0) {
          throw new ContainerError('volume-in-use', `volume ${name} is in use by ${users.join(', ')}`, {
            hint: `remove the container first: containerize rm ${users[0]}`,
          });
        }
        await volumes.remove(name);
        context.io.stdout.write(`${name}\n`);
      } catch (error) {
        code ||= await reportError(error, context);
      }
    }
    return code;
  },
};
