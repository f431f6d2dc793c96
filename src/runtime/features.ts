import { CAPABILITIES } from './capabilities.ts';
import { MOUNT_OPTIONS } from './mounts.ts';
import type { RuntimeFeatures } from './runtime-types.ts';
import { ACTION_NAMES, FLAG_NAMES } from './seccomp/actions.ts';
import { OCI_VERSION_MAX, OCI_VERSION_MIN } from './spec.ts';

/** https://github.com/opencontainers/runtime-spec/blob/main/features.md */
export function runtimeFeatures(): RuntimeFeatures {
  return {
    ociVersionMin: OCI_VERSION_MIN,
    ociVersionMax: OCI_VERSION_MAX,
    hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
    mountOptions: [...MOUNT_OPTIONS],
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
      capabilities: [...CAPABILITIES],
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: {
        enabled: true,
        actions: ACTION_NAMES.filter((name) => name !== 'SCMP_ACT_NOTIFY').sort(),
        operators: [
          'SCMP_CMP_EQ',
          'SCMP_CMP_GE',
          'SCMP_CMP_GT',
          'SCMP_CMP_LE',
          'SCMP_CMP_LT',
          'SCMP_CMP_MASKED_EQ',
          'SCMP_CMP_NE',
        ],
        archs: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM', 'SCMP_ARCH_X32', 'SCMP_ARCH_X86', 'SCMP_ARCH_X86_64'],
        knownFlags: FLAG_NAMES.toSorted(),
        supportedFlags: FLAG_NAMES.toSorted(),
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      memoryPolicy: { modes: [], flags: [] },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: false },
    },
    potentiallyUnsafeConfigAnnotations: [],
  };
}
