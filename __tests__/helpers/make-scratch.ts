import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A fresh folder, in memory where it can be: root disks of CI machines are slow. The caller removes it with `removeScratch`. */
export function makeScratch(name: string): string {
  const folder = mkdtempSync(join(process.env.CONTAINERIZE_TEST_TMP ?? '/dev/shm', `containerize-${name}-`));
  // Others have to reach it: containers of other users, user namespaces.
  chmodSync(folder, 0o755);
  return folder;
}

/** Removes it with all that is in it. */
export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
