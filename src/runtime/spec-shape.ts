/** The shape of config.json, field by field. What fields mean together is checked in spec-rules.ts. */
import { ACTION_NAMES } from './seccomp/actions.ts';
import { ARCHITECTURE_NAMES } from './seccomp/architectures.ts';
import {
  absolutePath,
  anything,
  boolean,
  id,
  integer,
  limit,
  list,
  map,
  nonEmptyText,
  object,
  oneOf,
  optional,
  required,
  type Shape,
  signed,
  text,
  unsigned,
} from './shape.ts';

const idMapping = object({ containerID: required(id), hostID: required(id), size: required(integer(1, 2 ** 32)) });

const capabilityNames: Shape = list((value, path, problems) => {
  text(value, path, problems);
  // A capability of a newer kernel is a warning; what cannot be one is a mistake.
  if (typeof value === 'string' && !/^CAP_[A-Z0-9_]+$/.test(value)) {
    problems.push(`${path}: expected a capability such as CAP_CHOWN, found "${value}"`);
  }
});

const envEntry: Shape = (value, path, problems) => {
  text(value, path, problems);
  if (typeof value === 'string' && value.startsWith('='))
    problems.push(`${path}: expected NAME=VALUE, found "${value}"`);
};

const user = object({
  uid: optional(id),
  gid: optional(id),
  umask: optional(integer(0, 0o777)),
  additionalGids: optional(list(id)),
});

/** The `process` object; also what `exec --process FILE` reads. */
export const processShape: Shape = object({
  terminal: optional(boolean),
  consoleSize: optional(object({ height: required(integer(0, 65535)), width: required(integer(0, 65535)) })),
  user: optional(user),
  args: optional(list(text)),
  env: optional(list(envEntry)),
  cwd: required(absolutePath),
  capabilities: optional(
    object({
      bounding: optional(capabilityNames),
      effective: optional(capabilityNames),
      inheritable: optional(capabilityNames),
      permitted: optional(capabilityNames),
      ambient: optional(capabilityNames),
    }),
  ),
  rlimits: optional(list(object({ type: required(nonEmptyText), hard: required(limit), soft: required(limit) }))),
  noNewPrivileges: optional(boolean),
  apparmorProfile: optional(text),
  oomScoreAdj: optional(integer(-1000, 1000)),
  selinuxLabel: optional(text),
  scheduler: optional(
    object({
      policy: required(nonEmptyText),
      nice: optional(integer(-20, 19)),
      priority: optional(integer(0, 99)),
      flags: optional(list(text)),
      runtime: optional(unsigned),
      deadline: optional(unsigned),
      period: optional(unsigned),
    }),
  ),
  ioPriority: optional(
    object({
      class: required(oneOf(['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'])),
      priority: optional(integer(0, 7)),
    }),
  ),
});

const hook = object({
  path: required(absolutePath),
  args: optional(list(text)),
  env: optional(list(envEntry)),
  timeout: optional(integer(1, 2 ** 31)),
});

const mount = object({
  destination: required(nonEmptyText),
  type: optional(text),
  source: optional(text),
  options: optional(list(text)),
  uidMappings: optional(list(idMapping)),
  gidMappings: optional(list(idMapping)),
});

const deviceNumber = integer(-1, 2 ** 32 - 1);

const throttle = list(
  object({ major: required(deviceNumber), minor: required(deviceNumber), rate: required(unsigned) }),
);

/** `linux.resources`; also what `update --resources FILE` reads. */
export const resourcesShape: Shape = object({
  devices: optional(
    list(
      object({
        allow: required(boolean),
        type: optional(oneOf(['a', 'b', 'c', 'u'])),
        major: optional(deviceNumber),
        minor: optional(deviceNumber),
        access: optional((value, path, problems) => {
          if (typeof value === 'string' && /^[rwm]*$/.test(value)) return;
          problems.push(`${path}: expected letters of r, w, m, found ${JSON.stringify(value)}`);
        }),
      }),
    ),
  ),
  memory: optional(
    object({
      limit: optional(limit),
      reservation: optional(limit),
      swap: optional(limit),
      kernel: optional(limit),
      kernelTCP: optional(limit),
      swappiness: optional(limit),
      disableOOMKiller: optional(boolean),
    }),
  ),
  cpu: optional(
    object({
      shares: optional(unsigned),
      quota: optional(limit),
      burst: optional(unsigned),
      period: optional(unsigned),
      realtimeRuntime: optional(signed),
      realtimePeriod: optional(unsigned),
      cpus: optional(text),
      mems: optional(text),
      idle: optional(signed),
    }),
  ),
  pids: optional(object({ limit: optional(limit) })),
  blockIO: optional(
    object({
      weight: optional(integer(0, 1000)),
      leafWeight: optional(integer(0, 1000)),
      weightDevice: optional(
        list(
          object({ major: required(deviceNumber), minor: required(deviceNumber), weight: optional(integer(0, 1000)) }),
        ),
      ),
      throttleReadBpsDevice: optional(throttle),
      throttleWriteBpsDevice: optional(throttle),
      throttleReadIOPSDevice: optional(throttle),
      throttleWriteIOPSDevice: optional(throttle),
    }),
  ),
  hugepageLimits: optional(
    list(
      object({
        pageSize: required((value, path, problems) => {
          if (typeof value === 'string' && /^[1-9][0-9]*[KMG]B$/.test(value)) return;
          problems.push(`${path}: expected a size such as 2MB, found ${JSON.stringify(value)}`);
        }),
        limit: required(unsigned),
      }),
    ),
  ),
  network: optional(
    object({
      classID: optional(id),
      priorities: optional(list(object({ name: required(nonEmptyText), priority: required(id) }))),
    }),
  ),
  rdma: optional(map(object({ hcaHandles: optional(id), hcaObjects: optional(id) }))),
  unified: optional(map(text)),
});

const seccompArg = object({
  index: required(integer(0, 5)),
  value: optional(unsigned),
  valueTwo: optional(unsigned),
  op: required(
    oneOf([
      'SCMP_CMP_NE',
      'SCMP_CMP_LT',
      'SCMP_CMP_LE',
      'SCMP_CMP_EQ',
      'SCMP_CMP_GE',
      'SCMP_CMP_GT',
      'SCMP_CMP_MASKED_EQ',
    ]),
  ),
});

const seccompShape: Shape = object({
  defaultAction: required(oneOf(ACTION_NAMES)),
  defaultErrnoRet: optional(integer(0, 65535)),
  architectures: optional(list(oneOf(ARCHITECTURE_NAMES))),
  flags: optional(list(text)),
  listenerPath: optional(text),
  syscalls: optional(
    list(
      object({
        names: required(list(nonEmptyText)),
        action: required(oneOf(ACTION_NAMES)),
        errnoRet: optional(integer(0, 65535)),
        args: optional(list(seccompArg)),
      }),
    ),
  ),
});

const linux = object({
  namespaces: optional(
    list(
      object({
        type: required(oneOf(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'])),
        path: optional(text),
      }),
    ),
  ),
  uidMappings: optional(list(idMapping)),
  gidMappings: optional(list(idMapping)),
  timeOffsets: optional(map(object({ secs: optional(signed), nanosecs: optional(integer(0, 999_999_999)) }))),
  devices: optional(
    list(
      object({
        type: required(oneOf(['c', 'b', 'u', 'p'])),
        path: required(absolutePath),
        major: optional(integer(0, 4095)),
        minor: optional(integer(0, 2 ** 20 - 1)),
        fileMode: optional(integer(0, 2 ** 32 - 1)),
        uid: optional(id),
        gid: optional(id),
      }),
    ),
  ),
  netDevices: optional(map(object({ name: optional(text) }))),
  cgroupsPath: optional(text),
  resources: optional(resourcesShape),
  sysctl: optional(map(text)),
  seccomp: optional(seccompShape),
  rootfsPropagation: optional(text),
  maskedPaths: optional(list(absolutePath)),
  readonlyPaths: optional(list(absolutePath)),
  mountLabel: optional(text),
  personality: optional(object({ domain: required(oneOf(['LINUX', 'LINUX32'])), flags: optional(list(text)) })),
  memoryPolicy: optional(object({ mode: required(nonEmptyText) })),
  intelRdt: optional(anything),
});

export const specShape: Shape = object({
  ociVersion: required(nonEmptyText),
  root: optional(object({ path: required(nonEmptyText), readonly: optional(boolean) })),
  process: optional(processShape),
  hostname: optional(text),
  domainname: optional(text),
  mounts: optional(list(mount)),
  hooks: optional(
    object({
      prestart: optional(list(hook)),
      createRuntime: optional(list(hook)),
      createContainer: optional(list(hook)),
      startContainer: optional(list(hook)),
      poststart: optional(list(hook)),
      poststop: optional(list(hook)),
    }),
  ),
  annotations: optional(map(text)),
  linux: optional(linux),
});
