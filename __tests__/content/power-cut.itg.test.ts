import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('power-cut');

/** A mount namespace of its own: disks and mounts are gone with the shell. */
const SCRIPT = `
set -eu
folder=$1 node=$2 helpers=$3
truncate -s 64M "$folder/disk"
mkfs.ext4 -q "$folder/disk"
mkdir "$folder/before" "$folder/after"
mount -o loop "$folder/disk" "$folder/before"
sync -f "$folder/before"
"$node" --no-warnings "$helpers/name-writer.ts" "$folder/before/store"
# What the file system has not written yet is not in the copy: so a disk looks after a power cut.
cp "$folder/disk" "$folder/copy"
umount "$folder/before"
mount -o loop "$folder/copy" "$folder/after"
"$node" --no-warnings "$helpers/name-reader.ts" "$folder/after/store"
umount "$folder/after"
`;

describe('a power cut right after an image got its name', () => {
  test('leaves every blob that the name leads to', () => {
    const helpers = join(import.meta.dirname, '../helpers');
    const out = execFileSync('unshare', ['-m', 'sh', '-c', SCRIPT, 'sh', folder, process.execPath, helpers]);
    expect(JSON.parse(out.toString())).toEqual({ 'docker.io/library/kept:1': 'whole, 3 blobs' });
  });
});
