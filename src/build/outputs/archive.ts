import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { saveArchive } from '../../content/archive/save.ts';
import { copyGraph } from '../../content/copy.ts';
import { LayoutStore } from '../../content/layout-store.ts';
import { Refs } from '../../content/refs.ts';
import type { Image } from '../../content/store.ts';
import type { Progress } from '../../progress.ts';

/** The image as one tar: an OCI layout, or what `docker load` reads. Ends the stream. */
export async function writeArchive(
  out: Writable,
  image: Image,
  names: readonly string[],
  format: 'oci' | 'docker',
  progress: Progress,
): Promise<void> {
  const task = progress.start({ name: `exporting to ${format} image format` });
  try {
    let sent = 0;
    const onBytes = (bytes: number) => {
      sent += bytes;
      task.progress(sent);
    };
    await saveArchive(out, [{ ...image, names }], { format, onBytes });
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  }
}

/** The image into a folder that is an OCI layout, beside what is there already. */
export async function writeLayout(
  folder: string,
  image: Image,
  names: readonly string[],
  progress: Progress,
): Promise<void> {
  const task = progress.start({ name: 'exporting to OCI layout' });
  try {
    await mkdir(folder, { recursive: true });
    const layout = await LayoutStore.open(folder);
    await copyGraph(image.content, layout, image.descriptor, { progress });
    const refs = new Refs(layout);
    if (names.length === 0) await refs.addUntagged(image.descriptor);
    else await refs.update(names.map((name) => ({ name, descriptor: image.descriptor })));
    await removeTraces(folder);
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  }
}

/** Beside the layout itself nothing is to be left in a folder of the user's; what another export uses there stays. */
async function removeTraces(folder: string): Promise<void> {
  for (const path of ['ingest', 'locks/refs', 'locks']) await rmdir(join(folder, path)).catch(() => {});
}
