import { capturePrinting, perform } from '../../cache/actions/operations.ts';
import type { ToWorker } from '../../cache/actions/protocol.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'actions-cache',
  summary: 'Speak to GitHub’s cache service (started by containerize itself)',
  usage: '',
  options: [],
  arguments: { min: 0, max: 0 },
  hidden: true,
  examples: [],
  async run() {
    capturePrinting(process.stdout);
    await new Promise<void>((resolve) => {
      process.on('message', ({ id, request }: ToWorker) => {
        void perform(request).then((answer) => process.send?.({ id, answer }, () => {}));
      });
      // who started us is gone, or done
      process.once('disconnect', resolve);
      if (!process.connected) resolve();
    });
    return 0;
  },
};
