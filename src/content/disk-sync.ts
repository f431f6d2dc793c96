import { dirname } from 'node:path';
import { flushFile } from './blob-file.ts';
import { Slots } from './slots.ts';

/** Files that are brought to the disk at once: file systems commit what comes together in one go. */
const AT_ONCE = 8;

/** Makes files last over a power cut, some of them early. */
export class DiskSync {
  readonly #begun = new Map<string, Promise<void>>();

  /** Brings a file to the disk in the background. A failure is told by `sync`, which tries again. */
  begin(path: string): void {
    const done = flushFile(path).then(
      () => {},
      () => {},
    );
    this.#begun.set(path, done);
    void done.then(() => this.#begun.delete(path));
  }

  /** These files and their names are on the disk when this resolves; those that are not there are left out. */
  async sync(paths: readonly string[]): Promise<void> {
    const slots = new Slots(AT_ONCE);
    const folders = new Set(paths.map((path) => dirname(path)));
    // The names are there already, so all can go together.
    await Promise.all([
      ...paths.map((path) =>
        slots.run(async () => {
          await this.#begun.get(path);
          // On the disk already, it costs next to nothing.
          await flushFile(path);
        }),
      ),
      ...[...folders].map((folder) => flushFile(folder)),
    ]);
  }
}
