import { spawn } from 'node:child_process';
import type { Image } from '../../content/store.ts';
import { messageOf } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { BuildError } from '../error.ts';
import { writeArchive } from './archive.ts';

/**
 * Pipes the image into `podman load`, run with the user's own environment, and as the user where we are root on his
 * behalf: each user's podman has a store of its own.
 */
export async function loadIntoPodman(
  program: string,
  image: Image,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
  signal: AbortSignal,
  user?: { uid: number; gid: number },
): Promise<void> {
  const load = [program, 'load', '--quiet'] as const;
  const [command, ...args] =
    user === undefined
      ? load
      : (['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--', ...load] as const);
  const child = spawn(command, args, {
    // podman wants to be able to come back to where it was started
    ...(user === undefined ? {} : { cwd: '/' }),
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
