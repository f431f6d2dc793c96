import type { CopyEntry } from './entry.ts';
import { entryAt, type FolderRecord, isFolder } from './folder-record.ts';

/** What a scan found, folder by folder. */
export class ScannedFolders {
  readonly #records = new Map<string, FolderRecord>();
  /** Folder → names in it that an ignore rule hides, with all that is in them. */
  readonly #hidden = new Map<string, string[]>();

  get(path: string): FolderRecord | undefined {
    return this.#records.get(path);
  }

  set(path: string, record: FolderRecord, hidden: string[]): void {
    this.#records.set(path, record);
    if (hidden.length > 0) this.#hidden.set(path, hidden);
  }

  /** `path` and everything below it, as it was scanned. */
  *entries(path: string): Generator<CopyEntry> {
    const record = this.#records.get(path);
    if (!record) return;
    const prefix = path === '' ? '' : `${path}/`;
    const { names } = record;
    for (let i = 0; i < names.length; i++) {
      const entry = entryAt(record, i, prefix + names[i]!);
      yield entry;
      if (entry.type === 'folder') yield* this.entries(entry.path);
    }
  }

  /** Paths below a scanned folder that are hidden, relative to it; undefined when there are more than `most`. */
  hidden(folder: string, most: number): string[] | undefined {
    const found: string[] = [];
    if (this.#hidden.size === 0) return found;
    const skip = folder === '' ? 0 : folder.length + 1;
    const visit = (path: string): boolean => {
      for (const name of this.#hidden.get(path) ?? []) found.push((path === '' ? name : `${path}/${name}`).slice(skip));
      if (found.length > most) return false;
      const record = this.#records.get(path);
      for (const [i, name] of (record?.names ?? []).entries()) {
        if (isFolder(record!, i) && !visit(path === '' ? name : `${path}/${name}`)) return false;
      }
      return true;
    };
    return visit(folder) ? found : undefined;
  }

  /** How many entries are below a scanned folder. */
  count(folder: string): number | undefined {
    const record = this.#records.get(folder);
    if (!record) return undefined;
    const { names } = record;
    let count = names.length;
    for (const [i, name] of names.entries()) {
      if (isFolder(record, i)) count += this.count(folder === '' ? name : `${folder}/${name}`) ?? 0;
    }
    return count;
  }
}
