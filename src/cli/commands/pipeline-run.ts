import type { Command } from '../command.ts';
import { exitCodeOf } from '../exit-code.ts';
import { eventProgress, type JobEvent, plainError } from '../job/events.ts';
import type { Job } from '../job/job.ts';
import { Parts } from '../job/parts.ts';
import { runJob } from '../job/run-job.ts';
import { roomFor } from '../progress/room.ts';

export const command: Command = {
  name: 'pipeline-run',
  summary: 'Carry out a job that comes as JSON on standard input (started by containerize itself)',
  usage: '',
  options: [],
  arguments: { min: 0, max: 0 },
  hidden: true,
  examples: [],
  async run(_, context) {
    const emit = (event: JobEvent): void => {
      context.io.stdout.write(`${JSON.stringify(event)}\n`);
    };
    const parts = new Parts((report) => emit({ type: 'part', report }));
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of context.io.stdin) chunks.push(Buffer.from(chunk as Buffer));
      const job = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Job;
      const report = await runJob(job, {
        context,
        progress: eventProgress(emit, () => roomFor(context.io.stdout)),
        onPart: (part) => parts.add(part),
      });
      parts.flush();
      emit({ type: 'report', report });
      return 0;
    } catch (error) {
      parts.flush();
      emit({ type: 'error', error: plainError(error) });
      return exitCodeOf(error);
    }
  },
};
