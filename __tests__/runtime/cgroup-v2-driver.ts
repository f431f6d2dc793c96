/**
 * What the runtime does on a machine with cgroup v2 alone. Runs inside a virtual machine (see cgroup-v2.itg.test.ts) and
 * appends one JSON line a fact to the file named last; the test on the outside looks at them.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freeze, isFrozen } from '../../src/runtime/cgroup/freezer.ts';
import { detectCgroups } from '../../src/runtime/cgroup/host.ts';
import { cgroupPathsOf } from '../../src/runtime/cgroup/paths.ts';
import { processesOf } from '../../src/runtime/cgroup/processes.ts';
import { cgroupStats } from '../../src/runtime/cgroup/stats.ts';
import { updateCgroup } from '../../src/runtime/cgroup/update.ts';
import type { Resources } from '../../src/runtime/spec-linux.ts';
import { until } from '../helpers/until.ts';
import { Bench, dockerLike } from './container-fixture.ts';

const results = process.argv.at(-1)!;
const tell = (name: string, value: unknown): void => appendFileSync(results, `${JSON.stringify({ name, value })}\n`);

async function fact(name: string, find: () => Promise<unknown>): Promise<void> {
  try {
    tell(name, await find());
  } catch (error) {
    tell(name, { error: String(error) });
  }
}

const bench = new Bench('v2');
const host = await detectCgroups();
const has = (controller: string): boolean => host.unified?.controllers.has(controller) ?? false;
const limited = (resources: Resources) => (spec: ReturnType<typeof dockerLike>) => {
  spec.linux!.resources = resources;
};

await fact('mode', async () => host.mode);
await fact('controllers', async () => [...host.unified!.controllers]);
await fact('plain', async () => {
  const end = await bench.sh(
    'echo out; cat /proc/self/cgroup; ls /sys/fs/cgroup | grep -c memory.max; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; exit 3',
  );
  return { code: end.exitCode, stdout: end.stdout, cpu: (end.cpuUsec ?? 0) > 0, peak: end.memoryPeak ?? null };
});
await fact('oom', async () => {
  const end = await bench.sh(
    'head -c 200m /dev/zero | tail -c 150m | wc -c',
    limited({ memory: { limit: 2 ** 25, swap: 2 ** 25 } }),
  );
  return end.oomKilled;
});
await fact('files', async () => {
  const resources: Resources = {
    memory: { limit: 2 ** 26, swap: 2 ** 26, reservation: 2 ** 20 },
    cpu: { shares: 2048, quota: 50_000, period: 100_000 },
    pids: { limit: 20 },
  };
  const files = 'memory.max memory.swap.max memory.low cpu.weight cpu.max pids.max';
  const end = await bench.sh(
    `cd /sys/fs/cgroup; for f in ${files}; do echo "$f $(cat $f 2>/dev/null)"; done`,
    limited(resources),
  );
  return Object.fromEntries(
    end.stdout
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]),
  );
});
await fact('unified', async () => {
  const end = await bench.sh('cat /sys/fs/cgroup/memory.high', limited({ unified: { 'memory.high': '33554432' } }));
  return end.stdout.trim();
});
await fact('pids', async () => {
  const end = await bench.sh(
    'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; true',
    limited({ pids: { limit: 8 } }),
  );
  return /fork/.test(end.stderr);
});
await fact('living', async () => {
  const { running } = await bench.start(
    dockerLike(['/bin/sh', '-c', 'sleep 1000 & setsid sleep 1000 & wait'], limited({ memory: { limit: 2 ** 27 } })),
  );
  await running.started;
  const paths = await cgroupPathsOf(host, running.pid);
  await until(async () => (await processesOf(paths)).length === 3, 20_000);
  await freeze(paths, true);
  const frozen = await isFrozen(paths);
  await freeze(paths, false);
  await updateCgroup(
    host,
    paths,
    { memory: { limit: 2 ** 28, swap: 2 ** 29 }, pids: { limit: 44 }, cpu: { shares: 512 } },
    () => {},
  );
  const stats = await cgroupStats(host, paths);
  const folder = paths.unified!;
  const updated = ['memory.max', 'pids.max', 'cpu.weight'].map((file) =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : '',
  );
  running.kill('SIGKILL');
  const end = await running.exit;
  return {
    frozen,
    updated,
    stats: { pids: stats.pids, limit: stats.memoryLimit, usage: (stats.memoryUsage ?? 0) > 0 },
    code: end.exitCode,
    left: existsSync(folder),
  };
});
await fact('killed', async () => {
  const end = await bench.sh('sleep 4321 & setsid sleep 4321 & echo $$', (spec) => {
    spec.linux!.namespaces = spec.linux!.namespaces!.filter((ns) => ns.type !== 'pid');
    spec.mounts = spec.mounts!.filter((mount) => mount.type !== 'proc');
    spec.linux!.maskedPaths = spec.linux!.readonlyPaths = [];
  });
  const alive = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep\x004321');
    } catch {
      return false;
    }
  });
  return { code: end.exitCode, alive };
});
await fact('owned', async () => {
  const owned = (options: string[]) =>
    bench.sh(
      'cd /sys/fs/cgroup; mkdir below && echo $$ > below/cgroup.procs && cat /proc/self/cgroup; echo 1g > memory.max; rmdir below; true',
      (spec) => {
        spec.linux!.namespaces!.push({ type: 'user' });
        spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        spec.mounts!.find(({ type }) => type === 'cgroup')!.options = options;
      },
      { rootfs: bench.freshRoot() },
    );
  const [writable, readOnly] = [await owned(['nosuid', 'noexec', 'nodev']), await owned(['ro', 'nosuid'])];
  return { writable: [writable.stdout, /memory.max/.test(writable.stderr)], readOnly: readOnly.stdout };
});
await fact('devices', async () => {
  const end = await bench.sh('mknod /tmp/d c 1 11 && head -c1 /tmp/d; rm -f /tmp/d; head -c1 /dev/zero | wc -c');
  return { denied: /not permitted/.test(end.stderr), stdout: end.stdout.trim() };
});
await fact('cpuset', async () => {
  if (!has('cpuset')) return 'no controller';
  return (await bench.sh('cat /sys/fs/cgroup/cpuset.cpus.effective', limited({ cpu: { cpus: '0' } }))).stdout.trim();
});
// We ourselves in a cgroup that is no root and holds processes: its controllers cannot be switched on until they move.
await fact('nested', async () => {
  const parent = join(host.unified!.folder, 'nest');
  mkdirSync(parent);
  writeFileSync(join(parent, 'cgroup.procs'), String(process.pid));
  const inside = await detectCgroups();
  const end = await bench.sh('cat /sys/fs/cgroup/pids.max', limited({ pids: { limit: 31 } }), { cgroupPath: 'below' });
  writeFileSync(join(host.unified!.folder, 'cgroup.procs'), String(process.pid));
  return { own: inside.unified!.own, pids: end.stdout.trim() };
});
await fact('left', async () => readdirSync(host.unified!.folder).filter((name) => name.startsWith('containerize')));
tell('warnings', bench.warnings);
bench.remove();
