import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, type Subject, time } from '../measure.ts';
import { startRegistry } from '../peers.ts';
import { type Bench, type Row, ratio } from '../row.ts';
import { docker, dockerSubject, ours, writeContext } from '../workloads.ts';

/** Dependencies that cost time and space to make, then the source, as in most projects. */
const dockerfile = (base: string) => `FROM ${base}
WORKDIR /app
COPY deps /app/deps
RUN for i in 1 2 3 4 5 6; do head -c 8000000 /dev/urandom > /usr/lib/dependency$i; done; sha256sum /usr/lib/dependency* > /deps-sums
COPY src /app/src
RUN find /app/src -type f | sort | xargs cat | sha256sum > /src-sum
CMD ["cat", "/src-sum"]
`;

/**
 * What a hosted runner meets on every commit: no state of its own, a cache in the registry, one changed file, and the
 * image pushed. Ours writes its cache again, docker its inline cache: both leave the next run as well off.
 */
export const freshRunnerRow: Row = {
  name: 'fresh-runner',
  title: 'fresh state, cache in the registry, one file changed, pushed',
  async run(bench: Bench) {
    const registry = await startRegistry(join(bench.arena.folder, 'registry-fresh'));
    if (!registry) throw new Error('needs docker-registry: apt-get install docker-registry');
    try {
      const base = `${registry.host}/bench/base:1`;
      await ours(bench, 'import', await bench.debianTar(), base);
      await ours(bench, 'push', '--quiet', base);
      const context = join(bench.arena.folder, 'context-fresh');
      writeContext(context, 400, dockerfile(base));
      let edit = 0;
      const change = (): void =>
        writeFileSync(join(context, 'src/d0/f0.js'), `export const edited = ${++edit}; // ${process.pid}\n`);

      const root = join(bench.arena.folder, 'root-fresh');
      const target = `${registry.host}/bench/ours`;
      const cache = `type=registry,ref=${target}:buildcache,mode=max`;
      const subjects: Subject[] = [
        {
          name: 'containerize',
          async prepare() {
            change();
            rmSync(root, { recursive: true, force: true });
            mkdirSync(root);
          },
          run: () =>
            time(
              [
                ...bench.containerize,
                ...['build', '--quiet', '-t', `${target}:1`, '--push', '--cache-from', cache, '--cache-to', cache],
                context,
              ],
              { env: { ...bench.env, CONTAINERIZE_ROOT: root } },
            ),
        },
      ];
      if (bench.docker) {
        const image = `${registry.host}/bench/docker:1`;
        const build = `"$@" build --network host --build-arg BUILDKIT_INLINE_CACHE=1 --cache-from ${image} -t ${image} ${context} && "$@" push --quiet ${image}`;
        const run = () =>
          time(['sh', '-c', build, 'sh', ...bench.docker!.command], {
            env: { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' },
          });
        subjects.push(
          ...dockerSubject(bench, run, async () => {
            change();
            await forgetEverything(bench);
          }),
        );
      }
      const measured = await interleave(subjects, bench.runs);
      return { measured, verdicts: ratio(measured[0]!, measured[1], 0.5) };
    } finally {
      await registry.stop();
      if (bench.docker) await forgetEverything(bench);
    }
  },
};

/** What an empty data root would be, without the seconds of a new dockerd. */
async function forgetEverything(bench: Bench): Promise<void> {
  const images = (await docker(bench, ['images', '-q', '--all'])).stdout.split('\n').filter(Boolean);
  if (images.length > 0) await docker(bench, ['rmi', '--force', ...new Set(images)]);
  await docker(bench, ['builder', 'prune', '--all', '--force']);
  await docker(bench, ['image', 'prune', '--all', '--force']);
}
