import { availableParallelism } from 'node:os';
import { type ImageSettings, type Output, parseOutput } from '../../build/outputs/output.ts';
import type { BuildRequest } from '../../build/request.ts';
import type { Limits } from '../../container/limits.ts';
import { parseAddHost } from '../../container/network-files.ts';
import { sizeOfFlag } from '../../container/size.ts';
import { parseUlimit } from '../../container/ulimit.ts';
import type { Compression } from '../../oci/media-type.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { badValue, UsageError } from '../arguments.ts';
import type { Arguments, CommandContext } from '../command.ts';
import {
  parseAnnotations,
  parseBuildArgs,
  parseContexts,
  parseLabels,
  parsePlatforms,
  parseSecrets,
  parseSsh,
} from './flag-values.ts';
import { namesOf } from './names.ts';

const ENTITLEMENTS = ['network.host', 'security.insecure', 'device'];

export interface Parsed {
  request: Omit<BuildRequest, 'dockerfile' | 'context'>;
  outputs: Output[];
  /** formatReference() spellings of -t. */
  names: string[];
}

/** Everything that the flags say, checked; nothing is read or opened yet but variables. */
export function requestOf(
  args: Arguments,
  context: Pick<CommandContext, 'env' | 'cwd'> & { inActions: boolean },
): Parsed {
  const { env, cwd } = context;
  refuseAttestations(args);
  const names = namesOf(args.list('tag'));
  const { outputs, settings } = outputsOf(args, names, cwd);
  const buildArgs: Record<string, string> = {
    ...(env.SOURCE_DATE_EPOCH ? { SOURCE_DATE_EPOCH: env.SOURCE_DATE_EPOCH } : {}),
    ...parseBuildArgs(args.list('build-arg'), env),
  };
  const epoch = epochOf(buildArgs.SOURCE_DATE_EPOCH);
  const platforms = parsePlatforms(
    args.list('platform').length > 0 ? args.list('platform') : [env.DOCKER_DEFAULT_PLATFORM ?? ''],
  );
  const network = args.string('network') ?? 'default';
  if (network !== 'default' && network !== 'none' && network !== 'host')
    throw badValue('network', 'default, none or host', network, 'named networks are not there yet');
  const allow = new Set(args.list('allow').flatMap((value) => value.split(',')));
  for (const value of allow)
    if (!ENTITLEMENTS.includes(value)) throw badValue('allow', `one of ${ENTITLEMENTS.join(', ')}`, value);
  for (const entry of args.list('add-host')) parseAddHost(entry);
  const shm = args.string('shm-size');
  const target = args.string('target');
  const pull = args.maybeFlag('pull');
  return {
    names,
    outputs,
    request: {
      contexts: parseContexts(args.list('build-context'), cwd),
      ...(target === undefined ? {} : { target }),
      buildArgs,
      platforms: platforms.length > 0 ? platforms : [hostPlatform()],
      ...(/^(1|t|true)$/i.test(buildArgs.BUILDKIT_MULTI_PLATFORM ?? '') ? { alwaysIndex: true } : {}),
      noCache: args.flag('no-cache'),
      noCacheFilter: args.list('no-cache-filter').flatMap((value) => value.split(',')),
      pull: pull ? 'always' : pull === undefined && context.inActions ? 'newer' : 'missing',
      secrets: parseSecrets(args.list('secret'), env, cwd),
      ssh: parseSsh(args.list('ssh'), env, cwd),
      labels: parseLabels(args.list('label')),
      annotations: parseAnnotations([...args.list('annotation'), ...settings.annotations]),
      network,
      addHosts: args.list('add-host'),
      ...(shm === undefined ? {} : { shmSize: sizeOfFlag(shm, '--shm-size') }),
      ulimits: args.list('ulimit').map(parseUlimit),
      limits: limitsOf(args),
      ...(args.string('cgroup-parent') === undefined ? {} : { cgroupParent: args.string('cgroup-parent')! }),
      allow,
      ...(epoch === undefined ? {} : { epoch }),
      rewriteTimestamp: settings.rewriteTimestamp ?? false,
      compression: compressionOf(args, settings),
      family: settings.family ?? 'oci',
      explain: args.flag('explain-cache'),
      jobs: jobsOf(args),
    },
  };
}

function outputsOf(args: Arguments, names: string[], cwd: string): { outputs: Output[]; settings: ImageSettings } {
  const parsed = args.list('output').map((text) => parseOutput(text, cwd));
  const outputs = parsed.map(({ output }) => output);
  const settings: ImageSettings = { annotations: parsed.flatMap(({ settings: s }) => s.annotations) };
  for (const { settings: s } of parsed) {
    for (const key of ['compression', 'level', 'family', 'rewriteTimestamp', 'force'] as const) {
      if (s[key] === undefined) continue;
      if (settings[key] !== undefined && settings[key] !== s[key])
        throw new UsageError('bad-combination', `--output: ${key} differs between two outputs of one build`);
      Object.assign(settings, { [key]: s[key] });
    }
  }
  for (const output of outputs) {
    if (!('names' in output)) continue;
    // -t names every output, besides what an output names itself.
    output.names = [...new Set([...namesOf(output.names), ...names])];
  }
  const push = args.flag('push');
  const load = args.flag('load');
  const image = outputs.find((output) => output.type === 'image');
  if (push && image) image.push = true;
  if (outputs.length === 0 || (push && !image)) outputs.push({ type: 'image', names, push, pushByDigest: false });
  if (load) outputs.push({ type: 'load', names });
  for (const output of outputs) {
    if (output.type === 'image' && output.push && output.names.length === 0)
      throw new UsageError('bad-combination', 'to push, the image needs a name', {
        hint: 'give one with -t REGISTRY/NAME:TAG',
      });
  }
  return { outputs, settings };
}

function refuseAttestations(args: Arguments): void {
  for (const name of ['sbom', 'provenance']) {
    const value = args.string(name);
    if (value !== undefined && !['false', '0', 'disabled=true'].includes(value))
      throw new UsageError('refused-flag', `--${name}: attestations are not made yet`, {
        hint: `leave it out, or say --${name}=false`,
      });
  }
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,12}$/.test(text))
    throw badValue(
      'build-arg SOURCE_DATE_EPOCH',
      'seconds since 1970',
      text,
      'for example: SOURCE_DATE_EPOCH=$(git log -1 --pretty=%ct)',
    );
  return Number(text);
}

function compressionOf(args: Arguments, settings: ImageSettings): BuildRequest['compression'] {
  const flag = args.string('compression');
  const type: Compression =
    settings.compression ?? (flag === 'uncompressed' ? 'none' : ((flag as Compression | undefined) ?? 'gzip'));
  const level = settings.level ?? args.number('compression-level');
  if (level !== undefined) {
    const most = type === 'zstd' ? 22 : 9;
    if (type === 'none' || !Number.isInteger(level) || level < 0 || level > most)
      throw badValue(
        'compression-level',
        type === 'none' ? 'no level without compression' : `0 to ${most} for ${type}`,
        String(level),
      );
  }
  return { type, ...(level === undefined ? {} : { level }), ...(settings.force ? { force: true } : {}) };
}

function limitsOf(args: Arguments): Limits {
  const size = (name: string) => {
    const text = args.string(name);
    return text === undefined ? undefined : sizeOfFlag(text, `--${name}`);
  };
  const limits = {
    memory: size('memory'),
    memorySwap: size('memory-swap'),
    cpus: args.number('cpus'),
    cpuShares: args.number('cpu-shares'),
    cpuPeriod: args.number('cpu-period'),
    cpuQuota: args.number('cpu-quota'),
    cpusetCpus: args.string('cpuset-cpus'),
    cpusetMems: args.string('cpuset-mems'),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Limits;
}

function jobsOf(args: Arguments): number {
  const jobs = args.number('jobs') ?? Math.max(2, availableParallelism());
  if (!Number.isInteger(jobs) || jobs < 1) throw badValue('jobs', 'a number of steps, at least 1', String(jobs));
  return jobs;
}
