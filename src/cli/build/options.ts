import type { Option } from '../command.ts';
import { PROGRESS_MODES } from '../progress/renderer.ts';
import { MIRROR_OPTION, REGISTRY_OPTIONS } from '../registry-options.ts';

const list = (name: string, placeholder: string, help: string, more: Partial<Option> = {}): Option => ({
  name,
  type: 'list',
  placeholder,
  help,
  ...more,
});
const text = (name: string, placeholder: string, help: string, more: Partial<Option> = {}): Option => ({
  name,
  type: 'string',
  placeholder,
  help,
  ...more,
});
const flag = (name: string, help: string, more: Partial<Option> = {}): Option => ({
  name,
  type: 'boolean',
  help,
  ...more,
});

/** buildx's flags, docker's older limits, and a few of our own. */
export const BUILD_OPTIONS: readonly Option[] = [
  text('file', 'FILE', 'The Dockerfile (default: PATH/Dockerfile; "-" reads it from standard input)', { short: 'f' }),
  list('tag', 'NAME[:TAG]', 'Name of the image; may be given several times', { short: 't' }),
  text('target', 'STAGE', 'Build this stage instead of the last one'),
  list('build-arg', 'NAME[=VALUE]', 'Value for an ARG; without VALUE the variable of the environment'),
  list(
    'build-context',
    'NAME=SOURCE',
    'Another context: a folder, docker-image://NAME or oci-layout://FOLDER[:TAG|@DIGEST]',
  ),
  list('platform', 'OS/ARCH[/VARIANT],...', 'What to build for; several make one index'),
  flag('no-cache', 'Execute every step'),
  list('no-cache-filter', 'STAGE,...', 'Execute every step of these stages'),
  flag('pull', 'Ask the registry for every base image, even when the store has one of that name'),
  list('cache-from', 'type=registry,ref=NAME|type=local,src=FOLDER|type=gha', 'Look for cached steps there as well'),
  list('cache-to', 'type=registry,ref=NAME|type=local,dest=FOLDER|type=gha', 'Write the steps of this build there'),
  list(
    'output',
    'type=TYPE,dest=PATH',
    'Where the result goes: image, oci, docker, tar, local, cacheonly; PATH alone is a local folder, "-" a tar on standard output',
    { short: 'o' },
  ),
  flag('load', 'Load the image into the docker or podman that is here'),
  flag('push', 'Push the image to its registry'),
  list('secret', 'id=ID[,src=FILE|,env=NAME]', 'A secret for RUN --mount=type=secret'),
  list('ssh', 'default|ID=SOCKET', 'An ssh agent for RUN --mount=type=ssh'),
  list('label', 'KEY=VALUE', 'Label of the image'),
  list(
    'annotation',
    '[TYPE:]KEY=VALUE',
    'Annotation of the manifest, or of what TYPE names: index, manifest-descriptor, …',
  ),
  text('network', 'default|none|host', 'Network of RUN steps'),
  list('add-host', 'NAME:ADDRESS', 'Entry of /etc/hosts in RUN steps'),
  list('allow', 'ENTITLEMENT', 'Allow network.host or security.insecure'),
  text('shm-size', 'BYTES', 'Size of /dev/shm in RUN steps'),
  list('ulimit', 'NAME=SOFT[:HARD]', 'Resource limit of RUN steps'),
  text('memory', 'BYTES', 'Memory limit of each RUN step', { short: 'm' }),
  text('memory-swap', 'BYTES', 'Memory and swap together; -1 for unlimited swap'),
  { name: 'cpus', type: 'number', placeholder: 'N', help: 'Processors of each RUN step, such as 1.5' },
  { name: 'cpu-shares', short: 'c', type: 'number', placeholder: 'N', help: 'Relative weight of processor time' },
  { name: 'cpu-period', type: 'number', placeholder: 'MICROSECONDS', help: 'Period of the processor quota' },
  { name: 'cpu-quota', type: 'number', placeholder: 'MICROSECONDS', help: 'Processor time in each period' },
  text('cpuset-cpus', '0-3,5', 'Processors that RUN steps may use'),
  text('cpuset-mems', '0-3', 'Memory nodes that RUN steps may use'),
  text('cgroup-parent', 'PATH', 'Control group above those of RUN steps'),
  text('iidfile', 'FILE', 'Write the image ID there'),
  text('metadata-file', 'FILE', "Write the result's metadata there, with buildx's keys"),
  text('progress', 'MODE', 'auto, tty, plain, rawjson or quiet', { choices: PROGRESS_MODES }),
  flag('quiet', 'Print only the image ID', { short: 'q' }),
  flag('explain-cache', 'Say for each step that was not cached what changed'),
  {
    name: 'jobs',
    type: 'number',
    placeholder: 'N',
    help: 'Steps that run at once (default: the number of processors)',
  },
  text(
    'cache-limit',
    'BYTES',
    'Most that the build cache may take, looked at once an hour: 20gb, or none (default: a tenth of the disk, at least 10gb; also CONTAINERIZE_CACHE_LIMIT)',
  ),
  text('compression', 'gzip|zstd|none', 'Compression of new layers', {
    choices: ['gzip', 'zstd', 'none', 'uncompressed'],
  }),
  { name: 'compression-level', type: 'number', placeholder: 'N', help: 'Level of the compression' },
  MIRROR_OPTION,
  ...REGISTRY_OPTIONS,
  { name: 'sbom', type: 'optional', help: 'Only --sbom=false: attestations are not made yet' },
  { name: 'provenance', type: 'optional', help: 'Only --provenance=false: attestations are not made yet' },
  list('attest', 'TYPE', 'Not yet', { refused: 'attestations are not made yet' }),
  flag('check', 'Not yet', { refused: 'the rules of docker build --check are not there yet' }),
  text('call', 'METHOD', 'Only "build"', { choices: ['build'] }),
  text('builder', 'NAME', "Accepted for buildx's sake: there is one builder, this one"),
  flag('rm', "Accepted for docker's sake"),
  flag('force-rm', "Accepted for docker's sake"),
  flag('compress', "Accepted for docker's sake"),
  flag('disable-content-trust', "Accepted for docker's sake"),
  flag('squash', 'Not done', {
    refused: 'layers are not squashed: copy the result of one stage into another, or use --output type=local',
  }),
  text('isolation', 'MODE', 'Not done', { refused: 'it is for Windows' }),
  list('security-opt', 'OPTION', 'Not done', {
    refused: 'RUN --security=insecure and --allow security.insecure say what a step may do',
  }),
];
