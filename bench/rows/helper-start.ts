import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seccompFor } from '../../src/container/seccomp.ts';
import { containerSpec } from '../../src/container/spec.ts';
import { encodeRecords, Helper, type HelperProcess, type HelperRecord } from '../../src/runtime/helper.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { type Measured, median } from '../measure.ts';
import { installed } from '../peers.ts';
import type { Bench, Row, Verdict } from '../row.ts';

/** Keeps the records of a start instead of starting it: the helper is then timed without Node. */
class Recorder extends Helper {
  records: HelperRecord[] = [];
  override spawn(_mode: string, records: Iterable<HelperRecord>): HelperProcess {
    this.records = [...records];
    throw new Error('recorded');
  }
}

async function recordsOf(binary: string, spec: Spec, rootfs: string, runFolder: string): Promise<Buffer> {
  const recorder = new Recorder(binary);
  const runtime = new Runtime({ helper: recorder, runFolder });
  const io = { stdin: 'null', stdout: 'inherit', stderr: 'inherit' } as const;
  await runtime.run({ id: 'bench', spec, rootfs }, io).catch(() => {});
  return encodeRecords(recorder.records);
}

/** Docker's defaults, every namespace, seccomp, limits of memory, processes and CPU. */
function dockerLike(rootfs: string): Spec {
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [] } };
  const spec = containerSpec(config, {
    args: ['/true'],
    user: { uid: 0, gid: 0 },
    network: 'none',
    hostname: 'bench',
    limits: { memory: 512 * 1024 ** 2, pids: 512, cpus: 1.5 },
    cgroupsPath: '/containerize-bench',
  } as Parameters<typeof containerSpec>[1]);
  spec.root = { path: rootfs };
  if (spec.linux && !spec.linux.seccomp)
    spec.linux.seccomp = seccompFor(undefined, spec.process?.capabilities?.bounding ?? []);
  return spec;
}

export const helperStartRow: Row = {
  name: 'helper-start',
  title: 'start of a static `true`, Docker-like config, without Node',
  async run(bench: Bench) {
    const folder = join(bench.arena.folder, 'helper-start');
    const rootfs = join(folder, 'rootfs');
    for (const name of ['proc', 'sys', 'dev', 'etc', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
    const spawner = join(folder, 'spawn');
    execFileSync('cc', ['-O2', '-o', spawner, join(bench.project, 'bench/spawn.c')]);
    writeFileSync(join(folder, 'true.c'), 'int main(void) { return 0; }\n');
    execFileSync('cc', ['-O2', '-static', '-o', join(rootfs, 'true'), join(folder, 'true.c')]);

    const architecture = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
    const helper = join(bench.project, `dist/helper/${architecture}/containerize-helper`);
    const spec = dockerLike(rootfs);
    const records = join(folder, 'records');
    writeFileSync(records, await recordsOf(helper, spec, rootfs, join(folder, 'run')));

    // crun refuses hosts with version 2 beside version 1: it runs in a mount namespace where only version 1 is left.
    const alone = (command: string) => [
      'unshare',
      '-m',
      'sh',
      '-c',
      `umount /sys/fs/cgroup/unified 2>/dev/null; exec ${command}`,
    ];
    const bundle = (name: string, config: object): string => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'config.json'), JSON.stringify(config));
      return path;
    };
    const like = bundle('docker-like', { ...spec, ociVersion: '1.0.2' });
    const commands: [string, readonly string[]][] = [
      ['containerize', [spawner, '40', records, helper, 'run', '--config', '3', '--report', '4']],
    ];
    const crun = installed('crun');
    const runc = installed('runc');
    if (crun) {
      const plainConfig = join(folder, 'plain');
      mkdirSync(plainConfig, { recursive: true });
      execFileSync(crun, ['spec'], { cwd: plainConfig });
      execFileSync(
        'sh',
        [
          '-c',
          `sed -i 's/"terminal": true/"terminal": false/; s#"sh"#"/true"#; s#"path": "rootfs"#"path": "${rootfs}"#' config.json`,
        ],
        { cwd: plainConfig },
      );
      commands.push(['crun, `crun spec`', alone(`${spawner} 40 - ${crun} run -b ${plainConfig} bench%`)]);
      commands.push(['crun', alone(`${spawner} 40 - ${crun} run -b ${like} bench%`)]);
    }
    if (runc) commands.push(['runc', [spawner, '40', '-', runc, 'run', '-b', like, 'bench%']]);

    const samples = new Map<string, number[]>(commands.map(([name]) => [name, []]));
    for (let round = 0; round < 4; round++) {
      for (const [name, command] of commands) {
        const lines = execFileSync(command[0]!, command.slice(1), {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
        }).split('\n');
        samples.get(name)!.push(
          ...lines
            .slice(3)
            .filter(Boolean)
            .map((l) => Number(l) / 1000),
        );
      }
    }
    const measured = [...samples].map(([name, runs]): Measured => ({ name, runs, median: median(runs) }));
    const ours = measured[0]!.median;
    const verdicts: Verdict[] = [{ text: 'ms', value: ours, target: 3 }];
    for (const peer of measured.slice(1))
      verdicts.push({ text: `× ${peer.name}`, value: ours / peer.median, target: 0.4 });
    return { measured, verdicts };
  },
};
