import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../src/cli/arguments.ts';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { command as run } from '../../src/cli/commands/run.ts';
import { containerOptions } from '../../src/cli/container/options.ts';
import { findCommand } from '../../src/cli/dispatch.ts';

/** What `docker COMMAND --help` lists. */
const DOCKER: Readonly<Record<string, string>> = {
  run: `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
    cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach detach-keys device
    device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust dns
    dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval
    health-retries health-start-interval health-start-period health-timeout hostname init interactive ip ip6 ipc isolation
    kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap
    memory-swappiness mount name network network-alias no-healthcheck oom-kill-disable oom-score-adj pid pids-limit
    platform privileged publish publish-all pull quiet read-only restart rm runtime security-opt shm-size sig-proxy
    stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit user userns uts volume volume-driver volumes-from workdir`,
  update: `blkio-weight cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems
    kernel-memory memory memory-reservation memory-swap pids-limit restart`,
  exec: 'detach detach-keys env env-file interactive privileged tty user workdir',
  ps: 'all filter format last latest no-trunc quiet size',
  logs: 'details follow since tail timestamps until',
  rm: 'force link volumes',
  stats: 'all format no-stream no-trunc',
  start: 'attach checkpoint checkpoint-dir detach-keys interactive',
  stop: 'signal time timeout',
  restart: 'signal time timeout',
  attach: 'detach-keys no-stdin sig-proxy',
  commit: 'author change message pause',
  cp: 'archive follow-link quiet',
};

describe('docker’s flags', () => {
  test('an empty value is none: scripts hand variables on that may be empty', async () => {
    const parsed = parseArguments(run, ['--name', '', '--workdir', '', '--hostname', '', 'image']);
    if (parsed.help) throw new Error('help');
    const caller = { env: {}, cwd: '/', home: '/' };
    const options = await containerOptions(parsed.arguments, [], caller);
    expect([options.name, options.workingDir, options.hostname]).toEqual([undefined, undefined, undefined]);
  });

  test.each(Object.entries(DOCKER))('of %s are done, or refused with a sentence', async (name, flags) => {
    const found = findCommand(ENTRIES, [name]);
    const { command } = await ('entry' in found ? found.entry.load() : Promise.reject(new Error(name)));
    const known = new Set(command.options.flatMap((option) => [option.name, ...(option.aliases ?? [])]));
    expect(flags.split(/\s+/).filter((flag) => !known.has(flag))).toEqual([]);
    for (const { refused } of command.options) if (refused !== undefined) expect(refused.length).toBeGreaterThan(10);
  });

  test('limits of devices name the device and the limit', async () => {
    const options = async (...words: string[]) => {
      const parsed = parseArguments(run, [...words, 'image']);
      if (parsed.help) throw new Error('help');
      return (await containerOptions(parsed.arguments, [], { cwd: '/', env: {}, home: '/' })).limits;
    };
    expect(await options('--device-read-bps', '/dev/sda:1mb', '--blkio-weight-device', '/dev/sda:200')).toEqual({
      deviceReadBps: [{ path: '/dev/sda', value: 2 ** 20 }],
      blkioWeightDevice: [{ path: '/dev/sda', value: 200 }],
    });
    await expect(options('--device-write-iops', '/dev/sda')).rejects.toThrow('expected DEVICE:LIMIT');
  });

  test.each(['events', 'network ls', 'compose up', 'system events', 'swarm init'])(
    '"docker %s" is answered',
    (line) => {
      expect(() => findCommand(ENTRIES, line.split(' '))).toThrow(`${line}: `);
      expect(() => findCommand(ENTRIES, line.split(' '))).not.toThrow('unknown command');
    },
  );
});
