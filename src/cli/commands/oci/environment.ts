import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { helperBinary } from '../../../door/helper-binary.ts';
import { version } from '../../version.ts';
import type { OciEnvironment } from './oci-command.ts';

/** Signals that belong to the container while we wait for it. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
];

/** This process as the OCI command line sees it. */
export function ociEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): OciEnvironment {
  const isRoot = process.geteuid?.() === 0;
  const programs = { uid: '/usr/bin/newuidmap', gid: '/usr/bin/newgidmap' };
  const runtimeFolder = env.XDG_RUNTIME_DIR ?? '/tmp';
  return {
    env,
    cwd,
    version,
    isRoot,
    helperBinary: helperBinary(env),
    defaultRoot: isRoot ? '/run/containerize-oci' : join(runtimeFolder, 'containerize-oci'),
    ...(!isRoot && {
      unprivileged: {
        uid: process.geteuid?.() ?? 0,
        gid: process.getegid?.() ?? 0,
        programs: existsSync(programs.uid) && existsSync(programs.gid) ? programs : undefined,
      },
    }),
    out: (words) => void process.stdout.write(words),
    err: (words) => void process.stderr.write(words),
    readStdin: () => text(process.stdin),
    terminal: {
      size: () =>
        process.stdin.isTTY ? { rows: process.stdout.rows ?? 24, columns: process.stdout.columns ?? 80 } : undefined,
      onResize(listener) {
        process.stdout.on('resize', listener);
        return () => process.stdout.off('resize', listener);
      },
      setRawMode: (on) => void process.stdin.setRawMode?.(on),
      onSignal(listener) {
        const hear = (signal: NodeJS.Signals): void => listener(constants.signals[signal]);
        for (const signal of FORWARDED) process.on(signal, hear);
        return () => {
          for (const signal of FORWARDED) process.off(signal, hear);
        };
      },
    },
  };
}
