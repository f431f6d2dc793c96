import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Builder } from './builder.ts';

const builder = await Builder.open('build-disk-full');

/** Bytes that are free where the state is. */
const free = () => Number(execFileSync('df', ['--output=avail', '-B1', builder.root]).toString().split('\n')[1]);

describe('a disk that gets full during a build', () => {
  beforeAll(async () => {
    const content = await builder.store();
    execFileSync('mv', [builder.root, `${builder.root}-before`]);
    mkdirSync(builder.root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'small', builder.root]);
    execFileSync('cp', ['-a', `${builder.root}-before/.`, builder.root]);
    expect(content.folder).toBe(join(builder.root, 'content'));
    // Unpacks the base, so that afterwards only the step itself takes space.
    await builder.ok('FROM busybox\nRUN true\n');
  });

  afterAll(() => {
    execFileSync('umount', [builder.root]);
  });

  test.each<[string, string, string]>([
    ['by what a program writes', 'RUN dd if=/dev/urandom of=/big bs=1M count=50', 'No space left on device'],
    ['by the layer that is packed', 'RUN dd if=/dev/urandom of=/big bs=1M count=11', 'no space left on the disk of'],
    ['by a COPY', 'COPY big /big', 'no space left'],
  ])('%s is told, and everything that was begun is gone', async (_how, step, message) => {
    const before = free();
    const folder = await builder.context({ Dockerfile: `FROM busybox\n${step}\n`, big: randomBytes(22_000_000) });
    const built = await builder.build(folder, { args: ['-t', 'full'] });
    expect(`${built.log}${built.error}`).toContain(message);
    expect(before - free()).toBeLessThan(100_000);
    expect(readdirSync(join(builder.root, 'content/ingest'))).toEqual([]);
    const next = await builder.ok('FROM busybox\nRUN echo goes on > /on\n');
    expect(next.error).toBe('');
  });
});
