import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ran, removeEmptyCgroups, run } from '../runtime/oci-fixture.ts';
import { until } from './until.ts';

const DOCKERD = '/usr/sbin/dockerd';
const DOCKER = '/usr/bin/docker';

/** Whether docker's daemon and client are installed. */
export const hasDocker = existsSync(DOCKERD) && existsSync(DOCKER);

/** A daemon of its own below a folder: no networks, nothing of the machine's own docker is touched. */
export class Dockerd {
  readonly host: string;
  readonly #folder: string;
  readonly #daemon: ChildProcess;

  private constructor(folder: string, flags: readonly string[]) {
    const place = (name: string): string => join(folder, name);
    this.#folder = folder;
    this.host = `unix://${place('sock')}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(place('daemon.json'), '{}');
    this.#daemon = spawn(
      DOCKERD,
      [
        ...['--host', this.host, '--data-root', place('data'), '--exec-root', place('exec'), '--pidfile', place('pid')],
        ...[
          '--config-file',
          place('daemon.json'),
          '--storage-driver=vfs',
          '--exec-opt',
          'native.cgroupdriver=cgroupfs',
        ],
        ...['--iptables=false', '--ip6tables=false', '--bridge=none', ...flags],
      ],
      { stdio: 'ignore' },
    );
  }

  /** Started, and answering. */
  static async start(folder: string, flags: readonly string[] = []): Promise<Dockerd> {
    const daemon = new Dockerd(folder, flags);
    await until(async () => (await daemon.docker('version')).code === 0, 20_000);
    return daemon;
  }

  /** Docker's client, whatever it answers. */
  docker(...args: string[]): Promise<Ran> {
    return run(DOCKER, ['--host', this.host, ...args]);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#daemon.once('exit', resolve));
    this.#daemon.kill('SIGTERM');
    await ended;
    // The daemon leaves the mount of its own network namespace behind.
    spawnSync('umount', [join(this.#folder, 'exec/netns/default')]);
    removeEmptyCgroups('docker');
  }
}
