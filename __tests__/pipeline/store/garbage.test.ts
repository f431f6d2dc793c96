import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { removeGarbage } from '../../../src/pipeline/store/garbage.ts';
import { type EngineSettings, openEngine } from '../../../src/pipeline/wire.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('garbage');
const ID = 'a'.repeat(64);

async function engineWithBlob(name: string) {
  const root = join(folder, name);
  const engine = await openEngine({ root, run: join(folder, `${name}-run`), helper: '/nonexistent' } as EngineSettings);
  const content = await engine.content();

  const blob = await content.ingest('application/octet-stream', Readable.from([Buffer.from(name)]));
  return { root, engine, content, blob };
}

test('nothing is removed while a container record cannot be read: what it keeps is unknown', async () => {
  const { root, engine, content, blob } = await engineWithBlob('unreadable');
  // a folder where the file should be: reading fails, for root too
  await mkdir(join(root, 'containers', ID, 'config.json'), { recursive: true });
  await expect(removeGarbage(engine)).rejects.toThrow(/EISDIR/);
  expect(await content.has(blob)).toBe(true);
});

test('a container whose record is damaged can only be removed, and keeps nothing', async () => {
  const { root, engine, content, blob } = await engineWithBlob('damaged');
  await mkdir(join(root, 'containers', ID), { recursive: true });
  await writeFile(join(root, 'containers', ID, 'config.json'), '{"half":');
  await removeGarbage(engine);
  expect(await content.has(blob)).toBe(false);
});
