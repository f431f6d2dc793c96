import { basename, dirname, resolve } from 'node:path';
import { readTextIfThere } from '../../files.ts';
import { loadConfig, type PipelineConfig } from '../../pipeline/config/config.ts';
import { ConfigError } from '../../pipeline/config/error.ts';

/** Where a pipeline file is looked for, in this order. */
export const PIPELINE_FILES: readonly string[] = ['containerize.yml', 'containerize.yaml', '.github/containerize.yml'];

/** A pipeline and where it was read. */
export interface PipelineFile {
  config: PipelineConfig;
  /** From the folder. */
  file: string;
  /** What the paths in it are from. */
  folder: string;
}

/** Reads one file; undefined when it is not there. */
export async function readPipelineFile(
  name: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PipelineFile | undefined> {
  const path = resolve(cwd, name);
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  const config = loadConfig(text, name, env);
  // one of the usual names speaks of the repository, also in .github
  return PIPELINE_FILES.includes(name)
    ? { config, file: name, folder: cwd }
    : { config, file: basename(path), folder: dirname(path) };
}

/** The file that was named, or the repository's; without one, what a Dockerfile alone means. @throws ConfigError */
export async function findPipelineFile(
  given: string | undefined,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PipelineFile> {
  for (const name of given === undefined ? PIPELINE_FILES : [given]) {
    const found = await readPipelineFile(name, cwd, env);
    if (found !== undefined) return found;
  }
  if (given !== undefined)
    throw new ConfigError('no-config', `there is no file ${given}`, { hint: 'containerize init writes a first one' });
  const [file = ''] = PIPELINE_FILES;
  return { config: loadConfig(undefined, file, env), file, folder: cwd };
}
