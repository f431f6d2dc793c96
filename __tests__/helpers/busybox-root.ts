import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's static busybox (package busybox-static). */
export const busybox = '/bin/busybox';

let applets: string[] | undefined;

/**
 * A tiny root file system in `folder` (made when missing): busybox with all its names in /bin, the folders a container
 * wants, root and nobody in /etc/passwd.
 */
export function makeBusyboxRoot(folder: string): string {
  if (!existsSync(busybox)) throw new Error(`${busybox} is not there: install the package busybox-static`);
  for (const name of ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'run', 'sys', 'tmp', 'usr/bin', 'var', 'work']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  chmodSync(join(folder, 'tmp'), 0o1777);
  chmodSync(join(folder, 'root'), 0o700);
  copyFileSync(busybox, join(folder, 'bin/busybox'));
  chmodSync(join(folder, 'bin/busybox'), 0o755);
  applets ??= execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(folder, 'bin', applet));
  writeFileSync(
    join(folder, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\nuser:x:1000:1000::/home:/bin/sh\n',
  );
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\nuser:x:1000:\nextra:x:2000:user\n');
  return folder;
}
