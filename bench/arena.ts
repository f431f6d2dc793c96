import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where everything is measured: ext4 in a file on tmpfs, because a machine's root disk may change its speed tenfold between two runs. */
export interface Arena {
  folder: string;
  describe: string;
  close(): void;
}

export function openArena(): Arena {
  const base = mkdtempSync('/dev/shm/cz-bench-');
  const image = join(base, 'disk');
  const folder = join(base, 'a');
  mkdirSync(folder);
  writeFileSync(image, '');
  truncateSync(image, 14 * 1024 ** 3);
  try {
    execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1,lazy_journal_init=1', '-O', '^metadata_csum', image]);
    execFileSync('mount', ['-o', 'loop,noatime', image, folder]);
  } catch {
    // No loop device here: tmpfs itself, and the table says so.
    return { folder, describe: 'tmpfs', close: () => rmSync(base, { recursive: true, force: true }) };
  }
  return {
    folder,
    describe: 'ext4 on a loop device over tmpfs',
    close() {
      execFileSync('umount', ['--recursive', folder]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}
