import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from './entry.ts';

const has = (program: string): boolean => ['/usr/bin', '/usr/sbin', '/bin'].some((f) => existsSync(join(f, program)));

/** Needs root, useradd, sudo and newuidmap. */
export const canMakeUsers = process.getuid!() === 0 && ['useradd', 'sudo', 'newuidmap'].every(has);

/** Somebody without privileges who may use sudo without a password, and has a range of IDs. Gone after `remove`. */
export class OtherUser {
  readonly name: string;
  readonly home: string;
  readonly uid: number;
  readonly #folder: string;

  private constructor(name: string, folder: string, uid: number) {
    this.name = name;
    this.home = join(folder, 'home');
    this.uid = uid;
    this.#folder = folder;
  }

  /** `folder` becomes readable to all; the home folder is made in it. */
  static async make(name: string, folder: string): Promise<OtherUser> {
    await chmod(folder, 0o755);
    spawnSync('useradd', ['-M', '-d', join(folder, 'home'), '-s', '/bin/sh', name]);
    const uid = Number(spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout);
    const user = new OtherUser(name, folder, uid);
    for (const path of [user.home, join(folder, 'runtime')]) {
      await mkdir(path, { recursive: true });
      await chmod(path, 0o700);
      user.own(path);
    }
    await writeFile(`/etc/sudoers.d/${name}`, `${name} ALL=(ALL) NOPASSWD:ALL\n`, { mode: 0o440 });
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (!text.includes(`${name}:`)) await writeFile(file, `${text}${name}:800000:65536\n`);
    }
    return user;
  }

  /** Gives a folder and all in it to the user. */
  own(path: string): void {
    spawnSync('chown', ['-R', `${this.name}:`, path]);
  }

  /** The command line as this user, with nothing of our own environment. */
  run(
    rung: 'sudo' | 'userns',
    words: readonly string[],
    cwd: string,
    env: readonly string[] = [],
  ): SpawnSyncReturns<string> {
    const own = [
      `CONTAINERIZE_PRIVILEGE=${rung}`,
      `HOME=${this.home}`,
      `XDG_RUNTIME_DIR=${join(this.#folder, 'runtime')}`,
      'PATH=/usr/bin:/bin',
      'NODE_COMPILE_CACHE=/dev/null',
      ...env,
    ];
    const command = ['-u', this.name, '--', 'env', '-i', ...own, process.execPath, entry, ...words];
    return spawnSync('runuser', command, { encoding: 'utf8', cwd });
  }

  async remove(): Promise<void> {
    await rm(`/etc/sudoers.d/${this.name}`, { force: true });
    spawnSync('userdel', [this.name]);
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (text.includes(`${this.name}:`))
        await writeFile(file, text.replace(new RegExp(`^${this.name}:.*\n`, 'gm'), ''));
    }
  }
}
