import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, type Measured, type Subject, time } from '../measure.ts';
import { installed } from '../peers.ts';
import type { Row } from '../row.ts';
import { busyboxTar, docker, dockerSubject, importEverywhere, ours, podmanCommand, programName } from '../workloads.ts';

/** CPU-bound, and the same amount on every run. */
const WORK =
  'i=0; while [ $i -lt 5 ]; do dd if=/dev/zero bs=1M count=24 2>/dev/null | sha256sum >> /result; i=$((i+1)); done';

const DOCKERFILE = `FROM bench/busybox:1 AS one
RUN ${WORK}
RUN ${WORK}
FROM bench/busybox:1 AS two
RUN ${WORK}
RUN ${WORK}
FROM bench/busybox:1
COPY --from=one /result /one
COPY --from=two /result /two
RUN cat /one /two | sha256sum > /sum
`;

export const buildColdRow: Row = {
  name: 'build-cold',
  title: 'build from nothing, CPU-bound, two stages beside each other: time over the bare commands',
  async run(bench) {
    await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
    const context = join(bench.arena.folder, 'context-cold');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
    const root = join(bench.arena.folder, 'busybox-root');
    const bare = `rm -f ${root}/result; (chroot ${root} sh -c '${WORK}; ${WORK}') & (chroot ${root} sh -c '${WORK}; ${WORK}') & wait; chroot ${root} sh -c 'cat /result | sha256sum > /sum'`;
    // The shell and dd want these two; they are inside the arena and go with it.
    execFileSync('sh', [
      '-c',
      `cd "$1/dev" && { [ -c zero ] || { rm -f null; mknod null c 1 3; mknod zero c 1 5; }; }`,
      'sh',
      root,
    ]);
    const subjects: Subject[] = [
      { name: 'bare commands', run: () => time(['sh', '-c', bare]) },
      { name: 'containerize', run: () => ours(bench, 'build', '--quiet', '--no-cache', '-t', 'bench/cold', context) },
      ...dockerSubject(bench, () =>
        docker(bench, ['build', '--quiet', '--no-cache', '--network', 'host', '-t', 'bench/cold', context]),
      ),
    ];
    const buildah = installed('buildah');
    const podman = podmanCommand(bench);
    if (buildah && podman) {
      const folder = join(bench.arena.folder, 'podman');
      subjects.push({
        name: programName(buildah),
        run: () =>
          time([
            buildah,
            '--root',
            join(folder, 'root'),
            '--runroot',
            join(folder, 'run'),
            'bud',
            '--isolation',
            'chroot',
            '--ulimit',
            'nofile=20000:20000',
            '--ulimit',
            'nproc=1000:1000',
            '--quiet',
            '--no-cache',
            '--layers',
            '--jobs',
            '4',
            '-t',
            'bench/cold',
            context,
          ]),
      });
    }
    const measured = await interleave(subjects, bench.runs * 2);
    // A difference of two long times: what else the machine does would drown it in medians.
    const best = (m: Measured) => Math.min(...m.runs);
    const [floor, us, peer] = measured;
    return {
      measured,
      verdicts: peer
        ? [
            {
              text: `of ${peer.name}'s overhead (best runs: ${Math.round(best(us!) - best(floor!))} of ${Math.round(best(peer) - best(floor!))} ms)`,
              value: (best(us!) - best(floor!)) / (best(peer) - best(floor!)),
              target: 0.5,
            },
          ]
        : [],
    };
  },
};
