import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { withLock } from '../locks.ts';
import { ContainerError } from './container-error.ts';
import { checkVolumeName } from './mount-request.ts';
import { randomHex } from './random-hex.ts';

/** `<root>/volumes/<name>/{volume.json,_data}`: a folder that outlives containers. */
export interface Volume {
  name: string;
  /** RFC 3339. */
  created: string;
  labels: Record<string, string>;
  options: Record<string, string>;
  /** Made for one container, without a name of the user's. */
  anonymous: boolean;
  /** The folder with the contents. */
  path: string;
}

export class Volumes {
  readonly folder: string;

  constructor(root: string) {
    this.folder = join(root, 'volumes');
  }

  /** Finds or makes a volume; `isNew` tells which. Two commands that make the same one both succeed. */
  async ensure(
    name: string | undefined,
    options: { labels?: Record<string, string>; options?: Record<string, string> } = {},
  ): Promise<Volume & { isNew: boolean }> {
    const anonymous = name === undefined;
    const chosen = name === undefined ? randomHex(32) : checkVolumeName(name);
    const existing = await this.get(chosen);
    if (existing !== undefined) return { ...existing, isNew: false };
    return withLock(this.lock, { mode: 'exclusive' }, async () => {
      const raced = await this.get(chosen);
      if (raced !== undefined) return { ...raced, isNew: false };
      const folder = join(this.folder, chosen);
      const record = {
        created: new Date().toISOString(),
        labels: options.labels ?? {},
        options: options.options ?? {},
        anonymous,
      };
      await mkdir(join(folder, '_data'), { recursive: true, mode: 0o755 });
      // its presence is what makes the folder a volume
      await writeFileAtomic(join(folder, 'volume.json'), JSON.stringify(record), { fsync: false });
      return { name: chosen, path: join(folder, '_data'), ...record, isNew: true };
    });
  }

  async get(name: string): Promise<Volume | undefined> {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return undefined;
    const folder = join(this.folder, name);
    try {
      const record = JSON.parse(await readFile(join(folder, 'volume.json'), 'utf8')) as Omit<Volume, 'name' | 'path'>;
      return { ...record, name, path: join(folder, '_data') };
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' || codeOf(error) === 'ENAMETOOLONG')
        return undefined;
      throw error;
    }
  }

  /** The volume, or an error that says there is none. */
  async need(name: string): Promise<Volume> {
    const volume = await this.get(name);
    if (volume !== undefined) return volume;
    throw new ContainerError('no-such-volume', `no such volume: ${name.slice(0, 200)}`, {
      hint: 'containerize volume ls lists them',
    });
  }

  /** By name. */
  async list(): Promise<Volume[]> {
    let names: string[];
    try {
      names = await readdir(this.folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
    const found = await Promise.all(names.sort().map((name) => this.get(name)));
    return found.filter((volume) => volume !== undefined);
  }

  /** Removes a volume with its contents. Whether a container uses it is the caller's question. False when there is none. */
  async remove(name: string): Promise<boolean> {
    const volume = await this.get(name);
    if (volume === undefined) return false;
    await rm(join(this.folder, name, 'volume.json'), { force: true });
    await rm(join(this.folder, name), { recursive: true, force: true });
    return true;
  }

  /** True while nothing is in it: then an image's content is copied into it. */
  async isEmpty(volume: Volume): Promise<boolean> {
    return (await readdir(volume.path)).length === 0;
  }

  /** Under this lock volumes are made and filled. */
  get lock(): string {
    return join(this.folder, '.lock');
  }

  /** Bytes of a volume's contents, following nothing. */
  async size(volume: Volume): Promise<number> {
    let total = 0;
    for (const entry of await readdir(volume.path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const { blocks } = await stat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
      total += blocks * 512;
    }
    return total;
  }
}
