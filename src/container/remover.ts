import { mkdir, writeFile } from 'node:fs/promises';
import { readTextIfThere } from '../files.ts';
import { processFacts } from '../runtime/identity.ts';
import type { ProcessIdentity } from '../runtime/runtime-types.ts';
import type { ContainerStore } from './container-store.ts';
import { lives } from './reconcile.ts';

const FILE = 'remover.json';

/** Says that this process removes a container of `--rm` itself. */
export async function promiseRemoval(store: ContainerStore, id: string): Promise<void> {
  const facts = await processFacts(process.pid);
  if (facts === undefined) return;
  const self: ProcessIdentity = { pid: process.pid, startTime: facts.startTime };
  await mkdir(store.runPath(id), { recursive: true, mode: 0o711 });
  await writeFile(store.runPath(id, FILE), JSON.stringify(self));
}

/** True while somebody lives who said so. */
export async function hasRemover(store: ContainerStore, id: string): Promise<boolean> {
  const text = await readTextIfThere(store.runPath(id, FILE));
  return text !== undefined && text !== '' && lives(JSON.parse(text) as ProcessIdentity);
}
