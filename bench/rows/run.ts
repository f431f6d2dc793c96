import { interleave, type Subject, time } from '../measure.ts';
import { type Row, ratio } from '../row.ts';
import { busyboxTar, docker, dockerSubject, importEverywhere, ours, podmanCommand, programName } from '../workloads.ts';

export const runRow: Row = {
  name: 'run',
  title: '`run --rm --network none busybox true`, whole process',
  async run(bench) {
    await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
    const podman = podmanCommand(bench);
    const subjects: Subject[] = [
      { name: 'containerize', run: () => ours(bench, 'run', '--rm', '--network', 'none', 'bench/busybox:1', 'true') },
      ...dockerSubject(bench, () => docker(bench, ['run', '--rm', '--network', 'none', 'bench/busybox:1', 'true'])),
    ];
    if (podman)
      subjects.push({
        name: programName(podman[0]!),
        run: () =>
          time([
            ...podman,
            'run',
            '--rm',
            '--network',
            'none',
            '--ulimit',
            'nofile=20000:20000',
            '--ulimit',
            'nproc=1000:1000',
            'localhost/bench/busybox:1',
            'true',
          ]),
      });
    const measured = await interleave(subjects, bench.runs * 2);
    const find = (word: string) => measured.find((m) => m.name.startsWith(word));
    return {
      measured,
      verdicts: [...ratio(measured[0]!, find('podman'), 0.6), ...ratio(measured[0]!, find('docker'), 0.4)],
    };
  },
};
