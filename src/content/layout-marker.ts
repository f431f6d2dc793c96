import { join } from 'node:path';
import { fsyncFolder, makeFolder, readTextIfThere, writeFileAtomic } from '../files.ts';
import { ContentError } from './content-error.ts';

/** Makes sure that a folder is an OCI image layout: makes one where nothing says otherwise. */
export async function openLayout(folder: string): Promise<void> {
  const marker = await readTextIfThere(join(folder, 'oci-layout'));
  if (marker === undefined) {
    await makeFolder(join(folder, 'blobs', 'sha256'));
    await fsyncFolder(join(folder, 'blobs'));
    await writeFileAtomic(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  } else if (!isLayoutMarker(marker)) {
    throw new ContentError(
      'not-a-layout',
      `${join(folder, 'oci-layout')}: expected {"imageLayoutVersion":"1.0.0"}, found ${JSON.stringify(marker.slice(0, 80))}`,
    );
  }
}

function isLayoutMarker(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === 'object' &&
      value !== null &&
      'imageLayoutVersion' in value &&
      typeof value.imageLayoutVersion === 'string' &&
      value.imageLayoutVersion.startsWith('1.')
    );
  } catch {
    return false;
  }
}
