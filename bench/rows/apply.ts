import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { applyLayer } from '../../src/layer/apply.ts';
import { Digester } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { Helper } from '../../src/runtime/helper.ts';
import { interleave, type Sample, time } from '../measure.ts';
import { type Row, ratio } from '../row.ts';

async function digestOf(stream: NodeJS.ReadableStream) {
  const digester = new Digester();
  for await (const chunk of stream) digester.update(chunk as Buffer);
  return { digest: digester.digest(), size: digester.size };
}

export const applyRow: Row = {
  name: 'apply',
  title: 'apply a Debian layer, digests checked',
  async run(bench) {
    const tar = await bench.debianTar();
    const blob = `${tar}.gz`;
    execFileSync('sh', ['-c', `gzip -6 -c "$1" > "$2"`, 'sh', tar, blob]);
    const { digest, size } = await digestOf(createReadStream(blob));
    const { digest: diffId } = await digestOf(createReadStream(blob).pipe(createGunzip()));
    const helper = new Helper(join(bench.project, `dist/helper/linux-${process.arch}/containerize-helper`));
    const target = join(bench.arena.folder, 'applied');
    const prepare = async () => {
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target);
    };
    const ours = async (): Promise<Sample> => {
      const start = performance.now();
      await applyLayer({
        helper,
        layer: { descriptor: { mediaType: MEDIA.ociLayerGzip, digest, size }, diffId },
        content: { fetch: async () => createReadStream(blob, { highWaterMark: 1 << 20 }) },
        mode: 'overlay',
        target,
      });
      return { ms: performance.now() - start, peak: {}, stdout: '' };
    };
    const alone = async (): Promise<Sample> => {
      const start = performance.now();
      const input = openSync(tar, 'r');
      try {
        await helper
          .spawn(
            'apply',
            [
              ['root', target],
              ['whiteouts', 'overlay'],
              ['xattr-prefix', 'trusted'],
            ],
            { stdio: { stdin: input, stdout: 'null', stderr: 'inherit' } },
          )
          .finished();
      } finally {
        closeSync(input);
      }
      return { ms: performance.now() - start, peak: {}, stdout: '' };
    };
    const measured = await interleave(
      [
        { name: 'containerize, gzip', prepare, run: ours },
        {
          name: 'tar -xz',
          prepare,
          run: () => time(['tar', '-C', target, '--numeric-owner', '--xattrs', '-xzpf', blob]),
        },
        { name: 'helper alone, plain tar', prepare, run: alone },
        { name: 'tar -x', prepare, run: () => time(['tar', '-C', target, '--numeric-owner', '--xattrs', '-xpf', tar]) },
      ],
      bench.runs,
    );
    return {
      measured,
      verdicts: [...ratio(measured[0]!, measured[1], 0.75), ...ratio(measured[2]!, measured[3], 1.1)],
      notes: [`${(statSync(tar).size / 1e6).toFixed(0)} MB, ${(size / 1e6).toFixed(0)} MB gzip`],
    };
  },
};
