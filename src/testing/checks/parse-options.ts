import { posix } from 'node:path';
import type { Placed, RunOptions } from './checks.ts';
import { each } from './parse-values.ts';
import type { YamlValue } from './yaml-value.ts';

/**
 * Capabilities that have no power over this machine, in a container with its own namespaces. A file of checks comes with
 * the source that is tested, and what is tested is not to take the machine over.
 */
const HARMLESS = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID IPC_LOCK KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT SYS_NICE SYS_PTRACE'.split(
    ' ',
  ),
);

/** `containerRunOptions`: what would take the machine over is refused. */
export function runOptions(value: YamlValue | undefined): RunOptions {
  if (value === undefined) return { tty: false, env: [], capabilities: [], binds: [] };
  const keys = value.keys(
    'user',
    'privileged',
    'allocateTty',
    'envVars',
    'envFile',
    'capabilities',
    'capAdd',
    'bindMounts',
  );
  if (keys.privileged?.flag())
    keys.privileged.fail(
      'privileged containers are not run for checks: they could take over this machine',
      'name the capabilities that are needed, or run it yourself with containerize run --privileged',
    );
  return {
    ...(keys.user === undefined ? {} : { user: keys.user.filled() }),
    tty: keys.allocateTty?.flag() ?? false,
    env: each(keys.envVars, (one) => ({ line: one.line, value: one.filled() })),
    ...(keys.envFile === undefined ? {} : { envFile: { line: keys.envFile.line, value: keys.envFile.filled() } }),
    capabilities: [keys.capabilities, keys.capAdd].flatMap((list) => each(list, capability)),
    binds: each(keys.bindMounts, bind),
  };
}

function capability(value: YamlValue): string {
  const name = value.filled().toUpperCase().replace(/^CAP_/, '');
  if (HARMLESS.has(name)) return name;
  return value.fail(
    `the capability ${name.slice(0, 40)} is not given to checks: it reaches beyond the container`,
    `possible are ${[...HARMLESS].join(', ')}`,
  );
}

/** `source:destination[:ro]`; always read-only, so that no check changes the source or leaves files of root in it. */
function bind(value: YamlValue): Placed<{ source: string; destination: string }> {
  const text = value.filled();
  const [source, destination, mode, ...more] = text.split(':');
  if (!source || !destination?.startsWith('/') || more.length > 0 || (mode ?? 'ro') === '')
    value.fail(`expected SOURCE:/DESTINATION, found "${text}"`);
  if (mode !== undefined && !/^(ro|readonly|[zZ])(,(ro|readonly|[zZ]))*$/.test(mode))
    value.fail(`mounts of checks are read-only, found "${mode}"`, 'leave it out, or write ro');
  if (posix.normalize(destination!) === '/') value.fail('nothing can be mounted on / itself');
  return { line: value.line, value: { source: source!, destination: posix.normalize(destination!) } };
}
