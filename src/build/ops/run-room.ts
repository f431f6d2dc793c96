import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeNetworkFiles } from '../../container/network-files.ts';
import type { ResolvedUser } from '../../container/spec.ts';
import { resolveUser } from '../../container/user.ts';
import type { BindMount, CacheMount, SecretMount, SshMount, TmpfsMount } from '../../dockerfile/run-mount.ts';
import { didYouMean, type SourceLocation } from '../../errors.ts';
import type { OverlayMount } from '../../runtime/overlay.ts';
import type { Mount, Spec } from '../../runtime/spec.ts';
import type { Snapshot } from '../../snapshot/snapshotter.ts';
import { BuildError } from '../error.ts';
import type { Root, StepContext } from '../vertex.ts';
import { inspectRoot, type MountPoint, removeStubs } from './mount-stubs.ts';
import type { RunDefinition, RunMount } from './run-definition.ts';
import { runSpec } from './run-spec.ts';
import type { RunTools } from './run-tools.ts';
import { relayAgent } from './ssh-relay.ts';

/** Owner and mode of a file that is mounted. */
interface Access {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * Everything around one RUN's container: the files that are mounted into it, the sockets, the caches that it holds, and
 * the mount points that had to be made. {@link clear} takes all of it away again, whatever happened in between.
 */
export class RunRoom {
  /** Of the secrets that the step sees: they are masked in its output. */
  readonly secretValues: Uint8Array[] = [];
  /** Mounted beside the container's root, as sources of binds. */
  readonly overlays: { mount: OverlayMount; target: string }[] = [];
  readonly #run: RunDefinition;
  readonly #tools: RunTools;
  readonly #step: StepContext;
  readonly #snapshot: Snapshot;
  readonly #cleanups: (() => Promise<void>)[] = [];
  readonly #env: string[] = [];
  /** Destinations that are files. */
  readonly #files = new Set<string>();
  #folder = '';
  #count = 0;

  constructor(run: RunDefinition, tools: RunTools, step: StepContext, snapshot: Snapshot) {
    this.#run = run;
    this.#tools = tools;
    this.#step = step;
    this.#snapshot = snapshot;
  }

  /** Makes everything ready and gives the container's configuration. */
  async furnish(): Promise<Spec> {
    const run = this.#run;
    this.#folder = mkdtempSync(join(await this.#tools.room(), 'run-'));
    // A few files; the overlays and sockets in it are gone by then.
    this.#cleanups.push(async () => rmSync(this.#folder, { recursive: true, force: true }));
    // Container users other than root pass through on their way to what is mounted.
    chmodSync(this.#folder, 0o711);
    const own: Mount[] = [];
    for (const mount of run.mounts) own.push(...(await this.#mount(mount)));
    if (run.script !== undefined) {
      own.push(
        await this.#file(`/dev/pipes/${run.script.name}`, Buffer.from(run.script.content), {
          mode: 0o755,
          uid: 0,
          gid: 0,
        }),
      );
    }
    const mounts = [...(await this.#networkFiles()), ...own];
    const points = (this.#spec(mounts, { uid: 0, gid: 0 }).mounts ?? []).map(
      ({ destination }): MountPoint => ({
        path: destination,
        kind: this.#files.has(destination) ? 'file' : 'directory',
      }),
    );
    const { accounts, stubs } = await inspectRoot(this.#step.services.helper, this.#snapshot.overlay, points, {
      // Where a source lies in an overlay the runtime does not know yet whether a file or a folder is to be made.
      runtimeMakes: this.overlays.length === 0,
    });
    this.#cleanups.push(async () => removeStubs(this.#snapshot.overlay, stubs));
    return this.#spec(mounts, this.#user(accounts));
  }

  /** Undoes everything, last first. The mount points go before the layer is made. */
  async clear(): Promise<void> {
    const failures: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse())
      await cleanup().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  #user(accounts: Parameters<typeof resolveUser>[0]): ResolvedUser {
    try {
      return resolveUser(accounts, this.#run.user);
    } catch (error) {
      throw new BuildError(
        'bad-option',
        `cannot run as ${JSON.stringify(this.#run.user)}: ${(error as Error).message}`,
        { cause: error, location: this.#run.location },
      );
    }
  }

  #spec(mounts: readonly Mount[], user: ResolvedUser): Spec {
    const { rootless = false } = this.#step.services;
    return runSpec(this.#run, this.#tools, mounts, user, rootless, this.#env);
  }

  async #networkFiles(): Promise<Mount[]> {
    const network = this.#run.network === 'host' ? 'host' : 'none';
    const mounts = await writeNetworkFiles(join(this.#folder, 'etc'), {
      hostname: this.#run.hostname,
      network,
      addHosts: this.#tools.addHosts,
    });
    for (const { destination } of mounts) this.#files.add(destination);
    // As in BuildKit: the hostname file is the image's, the others cannot be changed by a build.
    return mounts
      .filter(({ destination }) => destination !== '/etc/hostname')
      .map((mount) => ({ ...mount, options: [...(mount.options ?? []), 'ro', 'nosuid', 'nodev', 'noexec'] }));
  }

  async #mount({ mount, source }: RunMount): Promise<Mount[]> {
    switch (mount.type) {
      case 'bind':
        return [await this.#bind(mount, source)];
      case 'cache':
        return [await this.#cache(mount, source)];
      case 'tmpfs':
        return [tmpfs(mount)];
      case 'secret':
        return this.#secret(mount);
      case 'ssh':
        return this.#ssh(mount);
    }
  }

  async #bind(mount: BindMount, source: RunMount['source']): Promise<Mount> {
    const { root, path, folder } = await source!.provide(mount.source, this.#step);
    if (!folder) this.#files.add(mount.target);
    if (!mount.readonly) return bind(mount.target, join(await this.#discarding(root), path), ['rw']);
    // Only the folder itself: what the user has mounted below it would be writable.
    if (typeof root === 'string')
      return { ...bind(mount.target, join(root, path), ['ro']), options: ['bind', 'rprivate', 'ro'] };
    return bind(mount.target, join(await this.#mounted(root), path), ['ro']);
  }

  /** A writable view of files that stay as they are: an overlay whose upper folder is thrown away. */
  async #discarding(root: Root): Promise<string> {
    const scratch = await this.#step.scratch();
    const [upper, work] = [join(scratch, 'upper'), join(scratch, 'work')];
    mkdirSync(upper);
    mkdirSync(work);
    const options = this.#snapshot.overlay.options.split(',').includes('userxattr') ? 'userxattr' : '';
    const view =
      typeof root === 'string'
        ? { cwd: '/', lowers: [root] }
        : { cwd: root.cwd, lowers: root.upper === '' ? root.lowers : [root.upper, ...root.lowers] };
    return this.#mounted({ ...view, options, upper, work });
  }

  /** Where an overlay will be in the container's mount namespace, to bind from. */
  async #mounted(mount: OverlayMount): Promise<string> {
    const target = join(this.#folder, `overlay-${this.#count++}`);
    mkdirSync(target);
    this.overlays.push({ mount, target });
    return target;
  }

  async #cache(mount: CacheMount, source: RunMount['source']): Promise<Mount> {
    const { task, signal } = this.#step;
    const { id, uid, gid, mode, sharing } = mount;
    const { cacheMounts, savedMounts } = this.#tools;
    const identity = { id, sharing, uid, gid };
    const held = await cacheMounts.hold(id, {
      sharing,
      uid,
      gid,
      mode,
      signal,
      onWait: () => task.note(`waiting for cache mount ${id}`),
      ...(savedMounts && { fill: (folder: string) => savedMounts.fill(identity, folder, task, signal) }),
    });
    this.#cleanups.push(() => held.release());
    savedMounts?.use(identity, held.copy);
    let path = held.path;
    if (source !== undefined) {
      // The files are what the cache begins with; later runs find what the earlier ones left.
      if (held.isNew) {
        const { copyTree } = await import('../tree-copy.ts');
        await copyTree(await source.provide(mount.source, this.#step), path, this.#step);
      }
    } else if (mount.source !== '/') {
      path = await folderInside(path, mount.source, mount.location);
    }
    return bind(mount.target, path, [mount.readonly ? 'ro' : 'rw']);
  }

  async #secret(mount: SecretMount): Promise<Mount[]> {
    const { secrets } = this.#tools;
    const value = await secrets.get(mount.id);
    if (value === undefined) {
      if (!mount.required) return [];
      throw new BuildError(
        'missing-secret',
        `secret "${mount.id}" is required, but was not given${didYouMean(mount.id, secrets.ids())}`,
        {
          location: mount.location,
          hint: `give it with --secret id=${mount.id},src=FILE or --secret id=${mount.id},env=VARIABLE`,
        },
      );
    }
    this.secretValues.push(value);
    if (mount.env !== undefined) this.#env.push(`${mount.env}=${value.toString()}`);
    return mount.target === undefined ? [] : [await this.#file(mount.target, value, mount)];
  }

  async #ssh(mount: SshMount): Promise<Mount[]> {
    const agent = this.#tools.ssh.get(mount.id);
    if (agent === undefined) {
      if (!mount.required) return [];
      throw new BuildError(
        'missing-ssh',
        `ssh agent "${mount.id}" is required, but was not given${didYouMean(mount.id, this.#tools.ssh.keys())}`,
        {
          location: mount.location,
          hint: `give it with --ssh ${mount.id}${mount.id === 'default' ? '' : '=SOCKET'}`,
        },
      );
    }
    const number = this.#count++;
    const relay = await relayAgent(agent, this.#folder, `ssh-${number}`, mount);
    this.#cleanups.push(() => relay.close());
    const target = mount.target ?? `/run/buildkit/ssh_agent.${number}`;
    this.#files.add(target);
    if (!this.#env.some((entry) => entry.startsWith('SSH_AUTH_SOCK='))) this.#env.push(`SSH_AUTH_SOCK=${target}`);
    return [bind(target, relay.path, ['rw'])];
  }

  /** A small file of ours in memory, mounted read-only. */
  async #file(target: string, content: Uint8Array, access: Access): Promise<Mount> {
    const path = join(this.#folder, `file-${this.#count++}-${basename(target).replace(/[^\w.-]/g, '_')}`);
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    if (access.uid !== 0 || access.gid !== 0) chownSync(path, access.uid, access.gid);
    chmodSync(path, access.mode);
    this.#files.add(target);
    return bind(target, path, ['ro', 'nosuid', 'nodev', ...(access.mode & 0o111 ? [] : ['noexec'])]);
  }
}

function tmpfs(mount: TmpfsMount): Mount {
  return {
    destination: mount.target,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'mode=1777', ...(mount.size === undefined ? [] : [`size=${mount.size}`])],
  };
}

function bind(destination: string, source: string, options: readonly string[]): Mount {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', ...options] };
}

/** A folder below a cache's root, made when missing. A cache is written by containers: a link in it must not lead out. */
async function folderInside(root: string, path: string, location: SourceLocation): Promise<string> {
  let at = root;
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    at = join(at, part);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(at);
    else if (part === '..' || !found.isDirectory())
      throw new BuildError('bad-mount', `source=${path}: ${part} is not a folder in the cache`, { location });
  }
  return at;
}
