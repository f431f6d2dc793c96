import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The first of these programs that is installed, or undefined: a row leaves an absent peer out and says so. */
export function installed(...names: string[]): string | undefined {
  for (const name of names) {
    for (const folder of name.startsWith('/') ? [''] : ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin']) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

export function versionOf(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args.length > 0 ? args : ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')[0]!
      .trim();
  } catch {
    return program;
  }
}

export interface Daemon {
  child: ChildProcess;
  stop(): Promise<void>;
}

async function waitFor(what: string, ready: () => boolean | Promise<boolean>, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`${what} ended with ${child.exitCode} before it was ready`);
    if (await ready()) return;
    await sleep(100);
  }
  throw new Error(`${what} was not ready after 30 s`);
}

function daemon(child: ChildProcess): Daemon {
  return {
    child,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(15_000).then(() => child.kill('SIGKILL'))]);
    },
  };
}

export interface Docker extends Daemon {
  /** `docker` with the private socket. */
  command: string[];
  version: string;
}

/** A dockerd of our own: own socket, own data, no bridge, so that nothing of the machine changes. */
export async function startDocker(folder: string): Promise<Docker | undefined> {
  const dockerd = installed('dockerd');
  // Debian's client has BuildKit built in; a newer client beside it may refuse the older daemon.
  const docker = installed('/usr/bin/docker', 'docker');
  if (!dockerd || !docker) return undefined;
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'docker.sock');
  writeFileSync(join(folder, 'daemon.json'), '{}');
  const child = spawn(
    dockerd,
    [
      '--host',
      `unix://${socket}`,
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      join(folder, 'exec'),
      '--pidfile',
      join(folder, 'pid'),
      '--config-file',
      join(folder, 'daemon.json'),
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      '--insecure-registry',
      '127.0.0.0/8',
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  const command = [docker, '--host', `unix://${socket}`];
  const ready = () => {
    try {
      execFileSync(command[0]!, [...command.slice(1), 'version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  await waitFor('dockerd', ready, child);
  return { ...daemon(child), command, version: versionOf(dockerd) };
}

export interface RegistryPeer extends Daemon {
  host: string;
  storage: string;
}

/** Debian's docker-registry: the same third party for every pusher. */
export async function startRegistry(folder: string): Promise<RegistryPeer | undefined> {
  const program = installed('docker-registry');
  if (!program) return undefined;
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const storage = join(folder, 'storage');
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${storage}}, delete: {enabled: true}}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
  );
  const child = spawn(program, ['serve', config], { stdio: 'ignore' });
  await waitFor(
    'docker-registry',
    async () => (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok === true,
    child,
  );
  return { ...daemon(child), host: `127.0.0.1:${port}`, storage };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
