import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';

const LARGEST = 1024 * 1024;
const DEEPEST = 5;
const MOST = 50_000;
/** Folders of what others wrote or programs made. */
const SKIPPED = new Set([
  'node_modules',
  'vendor',
  'target',
  'dist',
  'build',
  'out',
  'venv',
  '__pycache__',
  'third_party',
]);

/** The files of a repository as far as a first look goes. Links are not followed. */
export class RepositoryFiles {
  readonly folder: string;
  /** Paths from the folder, sorted, hidden folders left out. */
  readonly paths: readonly string[];

  private constructor(folder: string, paths: readonly string[]) {
    this.folder = folder;
    this.paths = paths;
  }

  static async look(folder: string): Promise<RepositoryFiles> {
    const paths: string[] = [];
    const visit = async (below: string, depth: number): Promise<void> => {
      const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        if (paths.length >= MOST) return;
        if (entry.isFile()) paths.push(path);
        else if (entry.isDirectory() && depth < DEEPEST && !entry.name.startsWith('.') && !SKIPPED.has(entry.name))
          await visit(path, depth + 1);
      }
    };
    await visit('', 0);
    return new RepositoryFiles(folder, paths.sort());
  }

  has(path: string): boolean {
    return this.paths.includes(path.replace(/^\.\//, ''));
  }

  /** Text of a regular file of a size that a person may have written; undefined for anything else. */
  async read(path: string): Promise<string | undefined> {
    try {
      const found = await lstat(join(this.folder, path));
      return found.isFile() && found.size <= LARGEST ? await readFile(join(this.folder, path), 'utf8') : undefined;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** Names in a folder that may be hidden, as .github is. */
  async names(folder: string): Promise<string[]> {
    return (await readdir(join(this.folder, folder)).catch(() => [])).sort();
  }
}
