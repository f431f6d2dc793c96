import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { time } from '../measure.ts';
import { startRegistry } from '../peers.ts';
import type { Row } from '../row.ts';
import { busyboxTar, importEverywhere } from '../workloads.ts';

const MIB = 1024 * 1024;

export const memoryRow: Row = {
  name: 'memory',
  title: 'memory: build and push an image with a 2 GB layer (peak RSS, MiB)',
  async run(bench) {
    const registry = await startRegistry(join(bench.arena.folder, 'registry-memory'));
    if (!registry) throw new Error('needs docker-registry: apt-get install docker-registry');
    try {
      await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
      const context = join(bench.arena.folder, 'context-memory');
      mkdirSync(context, { recursive: true });
      writeFileSync(
        join(context, 'Dockerfile'),
        'FROM bench/busybox:1\nRUN dd if=/dev/urandom of=/big bs=1M count=2048 2>/dev/null\n',
      );
      const sample = await time(
        [...bench.containerize, 'build', '--quiet', '--push', '-t', `${registry.host}/bench/big:1`, context],
        { env: bench.env, watchMemory: true },
      );
      const own = Object.entries(sample.peak).filter(([name]) => /^node|MainThread|container/i.test(name));
      const helper = own.filter(([name]) => !/^node|MainThread/i.test(name));
      const node = own.filter(([name]) => /^node|MainThread/i.test(name));
      const most = (entries: [string, number][]) => Math.max(0, ...entries.map(([, bytes]) => bytes)) / MIB;
      return {
        measured: [{ name: 'containerize', runs: [sample.ms], median: sample.ms }],
        verdicts: [
          { text: 'MiB in Node', value: most(node), target: 250 },
          { text: 'MiB in the helper', value: most(helper), target: 16 },
        ],
        notes: [
          Object.entries(sample.peak)
            .map(([name, bytes]) => `${name} ${(bytes / MIB).toFixed(0)} MiB`)
            .join(', '),
        ],
      };
    } finally {
      await registry.stop();
    }
  },
};
