import { RuntimeError } from '../error.ts';
import type { SeccompAction } from '../spec-linux.ts';

const bases: Record<SeccompAction, number> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

export const ACTION_NAMES = Object.keys(bases) as SeccompAction[];

export const KILL_PROCESS = bases.SCMP_ACT_KILL_PROCESS;

const EPERM = 1;
const ENOSYS = 38;
const MAX_ERRNO = 4095;

/** ERRNO(ENOSYS): the answer that makes C libraries fall back to an older call. */
export const NOT_IMPLEMENTED = bases.SCMP_ACT_ERRNO | ENOSYS;

/** The kernel's SECCOMP_RET_… value. ERRNO and TRACE carry a number, EPERM when the config gives none; others take none. */
export function actionValue(action: SeccompAction, errno: number | undefined): number {
  const base = bases[action];
  const carries = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
  if (!carries) {
    if (errno !== undefined && errno !== 0) {
      throw new RuntimeError(
        'seccomp-invalid',
        `errnoRet goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not with ${action}`,
      );
    }
    return base >>> 0;
  }
  const number = errno ?? EPERM;
  const max = action === 'SCMP_ACT_ERRNO' ? MAX_ERRNO : 0xffff;
  if (!Number.isInteger(number) || number < 0 || number > max) {
    throw new RuntimeError(
      'seccomp-invalid',
      `errnoRet of ${action}: expected a number from 0 to ${max}, got ${number}`,
    );
  }
  return (base | number) >>> 0;
}

/** SECCOMP_FILTER_FLAG_… */
const flagBits: Record<string, number> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
};

export const FLAG_NAMES = Object.keys(flagBits);

/** The flags of the seccomp(2) call. TSYNC is left out: one thread is all there is when the filter is set. */
export function filterFlags(names: readonly string[] | undefined): number {
  let flags = 0;
  for (const name of names ?? []) {
    const bit = Object.hasOwn(flagBits, name) ? flagBits[name]! : undefined;
    if (bit === undefined) {
      throw new RuntimeError('seccomp-invalid', `unknown seccomp flag ${name}`, {
        hint: `known: ${FLAG_NAMES.join(', ')}`,
      });
    }
    if (bit !== 1) flags |= bit;
  }
  return flags;
}
