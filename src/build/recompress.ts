import { Readable } from 'node:stream';
import type { Layer } from '../content/store.ts';
import { Digester } from '../oci/digest.ts';
import { compressionOf, isForeignLayerType, layerType } from '../oci/media-type.ts';
import type { Platform } from '../oci/platform.ts';
import { cacheKey } from './cache-key.ts';
import { BuildError } from './error.ts';
import type { Records } from './records.ts';
import type { BuildRequest } from './request.ts';
import { withLayers } from './result.ts';
import type { BuildServices } from './services.ts';
import type { StepResult } from './vertex.ts';

/**
 * `force-compression`: every layer in the wanted compression, the base image's too. The files, and so the diff IDs, stay
 * what they are. Done once for each blob: the result is recorded as a step's is.
 */
export async function recompressed(
  result: StepResult,
  platform: Platform,
  { compression }: BuildRequest,
  services: BuildServices,
  records: Records,
): Promise<StepResult> {
  const wanted = (layer: Layer) => {
    const { mediaType } = layer.descriptor;
    return isForeignLayerType(mediaType) || compressionOf(mediaType) === compression.type;
  };
  if (result.layers.every(wanted)) return result;
  await result.fetchLayers();
  const layers = await Promise.all(
    result.layers.map((layer) => (wanted(layer) ? layer : anew(layer, platform, compression, services, records))),
  );
  return withLayers(result, layers);
}

async function anew(
  layer: Layer,
  platform: Platform,
  { type, level }: BuildRequest['compression'],
  { content, slots, progress, signal }: BuildServices,
  records: Records,
): Promise<Layer> {
  const { digest } = layer.descriptor;
  const key = cacheKey('recompress', [
    ['blob', digest],
    ['compression', type],
    ['level', String(level ?? '')],
  ]);
  const known = await records.get(key);
  if (known?.layer?.diffId === layer.diffId) return known.layer;
  return slots.run(async () => {
    const [{ compress }, { decompress }] = await Promise.all([
      import('../layer/compress.ts'),
      import('../layer/decompress.ts'),
    ]);
    const task = progress.start({ name: `compressing ${digest} with ${type}` });
    try {
      signal.throwIfAborted();
      const source = await content.fetch(layer.descriptor);
      const plain = await decompress(source, digest, (size) => task.progress(size, layer.descriptor.size));
      const digester = new Digester();
      const checked = async function* (): AsyncGenerator<Buffer> {
        for await (const chunk of plain.bytes) {
          signal.throwIfAborted();
          digester.update(chunk);
          yield chunk;
        }
        if (digester.digest() !== layer.diffId)
          throw new BuildError(
            'output-failed',
            `layer ${digest}: expected files with diff ID ${layer.diffId}, found ${digester.digest()}`,
          );
      };
      const body = Readable.from(compress(checked(), type, level), { objectMode: false });
      const made = { descriptor: await content.ingest(layerType(type), body), diffId: layer.diffId };
      await records.put([key], { layer: made, created: new Date().toISOString() }, platform);
      task.done();
      return made;
    } catch (error) {
      task.fail(error);
      throw error;
    }
  });
}
