import { spawn } from 'node:child_process';
import type { Image } from '../../content/store.ts';
import { messageOf } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { BuildError } from '../error.ts';
import { writeArchive } from './archive.ts';

/** Pipes the image into `podman load`, run with the user's own environment. */
export async function loadIntoPodman(
  program: string,
  image: Image,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(program, ['load', '--quiet'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: env as NodeJS.ProcessEnv,
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  const written = writeArchive(child.stdin, image, names, 'oci', progress).catch((error: unknown) => error);
  try {
    const code = await ended;
    if (code !== 0) throw new BuildError('load-failed', `podman load failed (exit code ${code}): ${said.trim()}`);
  } catch (error) {
    if (error instanceof BuildError || signal.aborted) throw error;
    throw new BuildError('load-failed', `cannot run ${program}: ${messageOf(error)}`, { cause: error });
  }
  const failure = await written;
  if (failure !== undefined) throw failure;
}
