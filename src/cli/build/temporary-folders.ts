import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ownerToken } from '../../owner.ts';
import type { Engine } from '../../pipeline/wire.ts';

/** Folders for contexts that come as archives. Their names say whose they are, so that a killed build's are swept. */
export class TemporaryFolders {
  readonly #parent: string;
  readonly #made: string[] = [];

  constructor(parent: string) {
    this.#parent = parent;
  }

  async unpack(tar: Readable, engine: Engine, signal: AbortSignal): Promise<string> {
    const { unpackArchive } = await import('../../build/context/unpack.ts');
    const folder = join(this.#parent, `${ownerToken()}-context-${randomBytes(4).toString('hex')}`);
    await mkdir(folder, { recursive: true });
    this.#made.push(folder);
    await unpackArchive(tar, {
      helper: await engine.helper(),
      target: folder,
      text: { text: 'the context on standard input' },
      signal,
      rootless: engine.settings.rootless,
    });
    return folder;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#made.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}
