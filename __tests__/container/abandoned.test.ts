import { existsSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ContainerStore } from '../../src/container/container-store.ts';
import { ownerToken } from '../../src/owner.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('abandoned');
const [first, second] = ['1'.repeat(64), '2'.repeat(64)] as const;
/** A process that is no more, of this run of the kernel. */
const dead = ownerToken().replace(/^\d+-\d+/, '4194304-1');
let next = 0;

async function making(): Promise<ContainerStore> {
  const root = join(folder, `${next++}`);
  const store = new ContainerStore(join(root, 'root'), join(root, 'run'));
  await store.reserve(first, 'web');
  return store;
}

function makerIs(store: ContainerStore, token: string): void {
  rmSync(store.path(first, 'maker'));
  symlinkSync(token, store.path(first, 'maker'));
}

test('a name stays taken while its container is being made', async () => {
  const store = await making();
  await expect(store.reserve(second, 'web')).rejects.toMatchObject({ code: 'name-in-use' });
  await store.sweep();
  expect(existsSync(store.path(first))).toBe(true);
});

test('a command that was killed while it made a container leaves the name free', async () => {
  const store = await making();
  makerIs(store, dead);
  expect(await store.reserve(second, 'web')).toBe('web');
  expect(existsSync(store.path(first))).toBe(false);
});

test('what it left is swept, name and all', async () => {
  const store = await making();
  makerIs(store, dead);
  await store.sweep();
  expect([existsSync(store.path(first)), readdirSync(join(store.folder, 'names'))]).toEqual([false, []]);
});

test('killed before it could say who it is, it is swept after a while', async () => {
  const store = await making();
  rmSync(store.path(first, 'maker'));
  await store.sweep();
  expect(existsSync(store.path(first))).toBe(true);
  utimesSync(store.path(first), new Date(), new Date(Date.now() - 3_600_000));
  await store.sweep();
  expect(existsSync(store.path(first))).toBe(false);
});

test('a container that was made stays, whoever made it', async () => {
  const store = await making();
  makerIs(store, dead);
  writeFileSync(store.path(first, 'config.json'), '{}');
  await store.sweep();
  await expect(store.reserve(second, 'web')).rejects.toMatchObject({ code: 'name-in-use' });
  expect(existsSync(store.path(first))).toBe(true);
});
