import type { Progress } from '../../progress.ts';
import type { CommandContext } from '../command.ts';
import type { JobReport } from './job.ts';

/** What a job is carried out with. */
export interface JobSurroundings {
  context: CommandContext;
  progress: Progress;
  /** Progress for one of several images; default: names with the image's in front. */
  imageProgress?(name: string): Progress;
  /** Hears of what is finished while the rest is still to come. */
  onPart(report: JobReport): void;
}
