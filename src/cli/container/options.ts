import { isIP } from 'node:net';
import { posix, resolve } from 'node:path';
import { parseDevice } from '../../container/devices.ts';
import { parseEnvFile, parseEnvFlag } from '../../container/env-file.ts';
import { type MountRequest, parseMountFlag, parseTmpfsFlag, parseVolumeFlag } from '../../container/mount-request.ts';
import { parseAddHost } from '../../container/network-files.ts';
import type { ContainerOptions, SecurityOptions } from '../../container/options.ts';
import { parseUlimit } from '../../container/ulimit.ts';
import { parseDuration } from '../../dockerfile/duration.ts';
import { parseSignal, unknownSignal } from '../../dockerfile/signal.ts';
import type { Healthcheck } from '../../oci/image-config.ts';
import { badValue, UsageError } from '../arguments.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { readGivenFile } from '../given-file.ts';
import { present } from '../present.ts';
import { limitsOf, sizeOf } from './limit-flags.ts';

type Caller = Pick<CommandContext, 'cwd' | 'env' | 'home'>;

/** The flags of `run` and `create` as the container's options; everything that can be wrong is said here. */
export async function containerOptions(
  args: Arguments,
  command: readonly string[],
  caller: Caller,
): Promise<ContainerOptions> {
  checkRestart(args);
  const entrypoint = args.string('entrypoint');
  return present({
    name: args.string('name') || undefined,
    command,
    entrypoint: entrypoint === undefined ? undefined : [entrypoint],
    env: await environmentOf(args, caller),
    labels: await labelsOf(args, caller),
    annotations: pairs(args.list('annotation'), 'annotation'),
    user: args.string('user'),
    groupAdd: args.list('group-add'),
    workingDir: workdirOf(args),
    hostname: args.string('hostname') || undefined,
    domainname: args.string('domainname'),
    tty: args.flag('tty'),
    interactive: args.flag('interactive'),
    mounts: mountsOf(args, caller),
    volumesFrom: args.list('volumes-from'),
    network: networkOf(args.string('network')),
    pid: namespaceOf(args, 'pid', ['host']) as ContainerOptions['pid'],
    ipc: namespaceOf(args, 'ipc', ['host', 'none', 'private', 'shareable']) as ContainerOptions['ipc'],
    uts: args.string('uts') === 'host' ? ('host' as const) : undefined,
    cgroupns: args.string('cgroupns') as 'host' | 'private' | undefined,
    cgroupParent: args.string('cgroup-parent')?.replace(/^\/*/, '/'),
    addHosts: args.list('add-host').map(checkAddHost),
    dns: args.list('dns').map(checkNameServer),
    dnsSearch: args.list('dns-search'),
    dnsOptions: args.list('dns-option'),
    limits: limitsOf(args),
    ulimits: args.list('ulimit').map(parseUlimit),
    shmSize: sizeOf(args, 'shm-size'),
    oomScoreAdj: args.number('oom-score-adj'),
    sysctl: pairs(args.list('sysctl'), 'sysctl'),
    devices: args.list('device').map(parseDevice),
    deviceCgroupRules: args.list('device-cgroup-rule').map(checkDeviceRule),
    capAdd: args.list('cap-add'),
    capDrop: args.list('cap-drop'),
    privileged: args.flag('privileged'),
    readOnly: args.flag('read-only'),
    security: await securityOf(args, caller),
    init: args.flag('init'),
    stopSignal: signalOf(args.string('stop-signal')),
    stopTimeout: args.number('stop-timeout'),
    health: healthOf(args),
    autoRemove: args.flag('rm'),
  });
}

async function environmentOf(args: Arguments, { cwd, env }: Caller): Promise<string[]> {
  const files = await Promise.all(
    args
      .list('env-file')
      .map(async (file) => parseEnvFile(await readGivenFile(resolve(cwd, file), '--env-file'), file, env)),
  );
  return [...files.flat(), ...args.list('env').flatMap((text) => parseEnvFlag(text, env))];
}

async function labelsOf(args: Arguments, { cwd }: Caller): Promise<Record<string, string>> {
  const files = await Promise.all(
    args
      .list('label-file')
      .map(async (file) => parseEnvFile(await readGivenFile(resolve(cwd, file), '--label-file'), file, {})),
  );
  return Object.fromEntries(
    [...files.flat(), ...args.list('label')].map((text) => {
      const equals = text.indexOf('=');
      if (text === '' || equals === 0) throw badValue('label', 'NAME[=VALUE]', text);
      return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function checkAddHost(text: string): string {
  parseAddHost(text);
  return text;
}

function checkNameServer(text: string): string {
  if (isIP(text) === 0) throw badValue('dns', 'the address of a name server', text);
  return text;
}

function workdirOf(args: Arguments): string | undefined {
  const folder = args.string('workdir');
  if (folder === undefined || folder === '') return undefined;
  if (!folder.startsWith('/')) throw badValue('workdir', 'an absolute path in the container', folder);
  return posix.normalize(folder);
}

function mountsOf(args: Arguments, { cwd, home }: Caller): MountRequest[] {
  // a shell leaves `~` alone after `-v`; users expect it all the same
  const expand = (text: string) => (text.startsWith('~/') ? `${home}${text.slice(1)}` : text);
  return [
    ...args.list('volume').map((text) => parseVolumeFlag(expand(text), cwd)),
    ...args.list('mount').map((text) => parseMountFlag(text, cwd)),
    ...args.list('tmpfs').map(parseTmpfsFlag),
  ];
}

/** `bridge` and `default` are what scripts write that mean "just give it a network". */
function networkOf(mode: string | undefined): 'host' | 'none' | undefined {
  if (mode === undefined || mode === 'host' || mode === 'none') return mode;
  throw new UsageError('refused-flag', `--network ${mode.slice(0, 100)}: named networks come with a later version`, {
    hint: 'use --network host (the default) or --network none',
  });
}

function namespaceOf(args: Arguments, flag: 'pid' | 'ipc', words: readonly string[]): string | undefined {
  const mode = args.string(flag);
  if (mode === undefined || mode === '') return undefined;
  if (mode === 'shareable') return 'private';
  if (words.includes(mode) || /^container:.+/.test(mode)) return mode;
  throw badValue(flag, `${words.join(', ')} or container:NAME`, mode);
}

function checkDeviceRule(text: string): string {
  if (!/^[abc] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(text))
    throw badValue('device-cgroup-rule', "a rule such as 'c 188:* rwm'", text);
  return text;
}

async function securityOf(args: Arguments, { cwd }: Caller): Promise<SecurityOptions> {
  const security: SecurityOptions = {};
  for (const text of args.list('security-opt')) {
    const [, key, value] = /^([a-z-]+)(?:[=:](.*))?$/s.exec(text) ?? [];
    if (key === 'no-new-privileges') security.noNewPrivileges = value !== 'false';
    else if (key === 'seccomp' && value === 'unconfined') security.seccomp = 'unconfined';
    else if (key === 'seccomp' && (value === 'builtin' || value === 'default')) delete security.seccomp;
    else if (key === 'seccomp' && value) {
      const { parseProfile } = await import('../../runtime/seccomp/profile.ts');
      // a profile may come as JSON itself, as docker's API takes it
      const isText = value.trimStart().startsWith('{');
      const source = isText ? value : await readGivenFile(resolve(cwd, value), '--security-opt seccomp');
      security.seccomp = parseProfile(source, isText ? '--security-opt seccomp' : value);
    } else if (key === 'apparmor' && value) security.apparmor = value;
    else if (key === 'systempaths' && value === 'unconfined') security.unmaskedPaths = true;
    // SELinux labels: nothing here to label
    else if (key !== 'label')
      throw badValue(
        'security-opt',
        'seccomp=FILE|unconfined, no-new-privileges, apparmor=PROFILE or systempaths=unconfined',
        text,
      );
  }
  return security;
}

function healthOf(args: Arguments): Healthcheck | undefined {
  const command = args.string('health-cmd');
  const given = [
    'health-cmd',
    'health-interval',
    'health-timeout',
    'health-retries',
    'health-start-period',
    'health-start-interval',
  ].filter((flag) => args.string(flag) !== undefined);
  if (args.flag('no-healthcheck')) {
    if (given.length > 0)
      throw new UsageError('bad-combination', `--no-healthcheck and --${given[0]} contradict each other`);
    return { Test: ['NONE'] };
  }
  if (given.length === 0) return undefined;
  return present({
    Test: command === undefined || command === '' ? undefined : ['CMD-SHELL', command],
    Interval: durationOf(args, 'health-interval'),
    Timeout: durationOf(args, 'health-timeout'),
    StartPeriod: durationOf(args, 'health-start-period'),
    StartInterval: durationOf(args, 'health-start-interval'),
    Retries: args.number('health-retries'),
  });
}

/** Nanoseconds. */
function durationOf(args: Arguments, flag: string): number | undefined {
  const text = args.string(flag);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined || duration < 0) throw badValue(flag, 'a duration such as 30s or 1m30s', text);
  return duration;
}

/** A container that is started again needs somebody who sees its end. */
function checkRestart(args: Arguments): void {
  const text = args.string('restart');
  if (text === undefined || text === 'no' || text === '') return;
  throw new UsageError('refused-flag', `--restart ${text.slice(0, 60)}: restart policies come with a later version`, {
    hint: 'start it again with containerize start, or let your service manager run containerize run --rm',
  });
}

function signalOf(text: string | undefined): string | undefined {
  if (text !== undefined && parseSignal(text) === undefined)
    throw badValue('stop-signal', 'a signal', text, unknownSignal(text));
  return text;
}

function pairs(texts: readonly string[], flag: string): Record<string, string> | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw badValue(flag, 'NAME=VALUE', text);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
