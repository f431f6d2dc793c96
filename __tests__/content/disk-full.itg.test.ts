import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('disk-full');

describe('a disk that is full', () => {
  test('is named, nothing is left of the blob, and the store goes on with the space there is', () => {
    // A mount namespace of its own: the small disk is gone with the process.
    const script = 'mount -t tmpfs -o size=2m small "$1" && exec "$2" --no-warnings "$3" "$1"';
    const out = execFileSync('unshare', [
      '-m',
      'sh',
      '-c',
      script,
      'sh',
      folder,
      process.execPath,
      join(import.meta.dirname, '../helpers/disk-full-writer.ts'),
    ]).toString();
    expect(JSON.parse(out)).toEqual({
      code: 'disk-full',
      message: expect.stringContaining('no space left on the disk of'),
      ingest: [],
      blobs: [expect.any(String)],
      named: ['docker.io/library/small:1'],
      after: 500_000,
    });
  });
});
