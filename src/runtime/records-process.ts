/** The `process` object → records of the helper. The same for a container's first process and for `exec`. */
import { existsSync, readFileSync } from 'node:fs';
import { capabilityMasks, EVERY_CAPABILITY, ownBoundingSet } from './capabilities.ts';
import type { OnWarning } from './cgroup/writes.ts';
import { RuntimeError } from './error.ts';
import type { HelperRecord } from './helper.ts';
import { rlimitNumber, rlimitValue } from './rlimits.ts';
import type { SeccompProgram } from './seccomp/program.ts';
import type { Process, Scheduler } from './spec.ts';

export interface ProcessContext {
  seccomp?: SeccompProgram | undefined;
  /** The process gets every capability in a user namespace of its own, whatever ours are. */
  newUserNamespace: boolean;
  /** Capabilities that we cannot give are an error instead of a warning. */
  strict: boolean;
  onWarning: OnWarning;
  /** `exec`: a working folder that is not there is an error; a container's first process gets it made. */
  cwdMustExist?: boolean;
  /** The new user namespace lets nobody set groups. */
  denySetgroups?: boolean;
}

const DEFAULT_UMASK = 0o022;

export function processRecords(wanted: Process, context: ProcessContext): HelperRecord[] {
  const { onWarning } = context;
  const user = wanted.user ?? { uid: 0, gid: 0 };
  const records: HelperRecord[] = [
    ['args', ...(wanted.args ?? [])],
    ...(wanted.env ?? []).map((entry): HelperRecord => ['env', entry]),
    ['cwd', wanted.cwd],
    ...(context.cwdMustExist ? [] : [['cwd-create'] as const]),
    ['user', user.uid ?? 0, user.gid ?? 0, ...additionalGroups(user, context)],
    ['umask', user.umask ?? DEFAULT_UMASK],
  ];
  const available = context.newUserNamespace ? EVERY_CAPABILITY : ownBoundingSet();
  const caps = capabilityMasks(wanted.capabilities, available, (names, why) => {
    const message = `capabilities ${names.join(', ')} cannot be granted: ${why}`;
    if (context.strict) throw new RuntimeError('unsupported', message);
    onWarning(message);
  });
  records.push(['caps', caps.bounding, caps.effective, caps.permitted, caps.inheritable, caps.ambient]);
  if (wanted.noNewPrivileges) records.push(['no-new-privileges']);
  for (const { type, soft, hard } of wanted.rlimits ?? []) {
    records.push(['rlimit', rlimitNumber(type)!, rlimitValue(soft), rlimitValue(hard)]);
  }
  if (wanted.oomScoreAdj !== undefined) records.push(['oom-score-adj', wanted.oomScoreAdj]);
  if (context.seccomp !== undefined) records.push(['seccomp', context.seccomp.flags, context.seccomp.bytes]);
  records.push(...labelRecords(wanted, onWarning));
  if (wanted.scheduler !== undefined) records.push(schedulerRecord(wanted.scheduler));
  if (wanted.ioPriority !== undefined) {
    const classes = ['', 'IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'];
    records.push(['ioprio', classes.indexOf(wanted.ioPriority.class), wanted.ioPriority.priority ?? 0]);
  }
  if (wanted.execCPUAffinity !== undefined) onWarning('process.execCPUAffinity is ignored: it is not done here');
  return records;
}

/** A user namespace of one ID may have no further groups; that of the process itself is then the only one. */
function additionalGroups(user: NonNullable<Process['user']>, context: ProcessContext): number[] {
  const all = user.additionalGids ?? [];
  return all.length > 0 && (context.denySetgroups || areGroupsDenied()) ? all.filter((gid) => gid !== user.gid) : all;
}

function areGroupsDenied(): boolean {
  try {
    return readFileSync('/proc/self/setgroups', 'latin1').trim() === 'deny';
  } catch {
    return false;
  }
}

function labelRecords(process: Process, onWarning: OnWarning): HelperRecord[] {
  const records: HelperRecord[] = [];
  const { apparmorProfile, selinuxLabel } = process;
  if (apparmorProfile && apparmorProfile !== 'unconfined') {
    // Going on without the confinement that was asked for would be worse than not starting.
    if (!isApparmorOn()) {
      throw new RuntimeError(
        'unsupported',
        `AppArmor profile "${apparmorProfile}": AppArmor is not enabled on this machine`,
      );
    }
    records.push(['apparmor', apparmorProfile]);
  }
  if (selinuxLabel) {
    if (existsSync('/sys/fs/selinux/enforce')) records.push(['selinux', selinuxLabel]);
    else onWarning(`SELinux label "${selinuxLabel}" is ignored: SELinux is not enabled on this machine`);
  }
  return records;
}

/** True when the kernel has AppArmor and uses it. */
function isApparmorOn(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'latin1').startsWith('Y');
  } catch {
    return false;
  }
}

const policies: Record<string, number> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

const schedulerFlags: Record<string, number> = {
  SCHED_FLAG_RESET_ON_FORK: 1,
  SCHED_FLAG_RECLAIM: 2,
  SCHED_FLAG_DL_OVERRUN: 4,
  SCHED_FLAG_KEEP_POLICY: 8,
  SCHED_FLAG_KEEP_PARAMS: 16,
  SCHED_FLAG_UTIL_CLAMP_MIN: 32,
  SCHED_FLAG_UTIL_CLAMP_MAX: 64,
};

function schedulerRecord(scheduler: Scheduler): HelperRecord {
  const policy = Object.hasOwn(policies, scheduler.policy) ? policies[scheduler.policy] : undefined;
  if (policy === undefined) {
    throw new RuntimeError(
      'spec-invalid',
      `process.scheduler.policy: expected one of ${Object.keys(policies).join(', ')}, found "${scheduler.policy}"`,
    );
  }
  let flags = 0;
  for (const name of scheduler.flags ?? []) {
    const bit = Object.hasOwn(schedulerFlags, name) ? schedulerFlags[name] : undefined;
    if (bit === undefined) throw new RuntimeError('spec-invalid', `process.scheduler.flags: unknown flag "${name}"`);
    flags |= bit;
  }
  const { nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  return ['scheduler', policy, nice, priority, flags, runtime, deadline, period];
}
