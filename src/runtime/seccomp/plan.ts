/** linux.seccomp → what each call of each calling convention does, before it is code. */
import { RuntimeError } from '../error.ts';
import type { Seccomp, SeccompArg } from '../spec-linux.ts';
import { actionValue, NOT_IMPLEMENTED } from './actions.ts';
import { type Architecture, architecture, nativeArchitectures, X32_BIT } from './architectures.ts';

/** What one call does: the rules that look at arguments, in order, and what is done when none holds. */
export interface CallPlan {
  conditional: { args: readonly SeccompArg[]; action: number }[];
  otherwise: number;
}

/** The filter of one calling convention, before it is code. */
export interface ArchitecturePlan {
  architecture: Architecture;
  calls: Map<number, CallPlan>;
  /** Numbers above this get `newer`. */
  newest: number;
  newer: number;
  default: number;
}

/** ARM's private calls lie far above the others; they are no sign of what the profile knew. */
const PRIVATE_CALLS = 0xf0000;

/** Rules by number for each convention that the config lists (default: the machine's own). */
export function planSeccomp(seccomp: Seccomp, machine: string): ArchitecturePlan[] {
  const native = nativeArchitectures(machine);
  if (native.length === 0)
    throw new RuntimeError('unsupported', `seccomp filters are not made for ${machine}: only x64 and arm64`);
  const asked = seccomp.architectures;
  // The native convention is always there: a filter that kills every call of the program helps nobody.
  const names =
    asked === undefined || asked.length === 0
      ? [native[0]!]
      : native.filter((name, i) => i === 0 || asked.includes(name));
  return names.map((name) => planArchitecture(seccomp, architecture(name)!));
}

function planArchitecture(seccomp: Seccomp, arch: Architecture): ArchitecturePlan {
  const fallback = actionValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const calls = new Map<number, CallPlan>();
  const settled = new Set<number>();
  let newest = 0;
  for (const rule of seccomp.syscalls ?? []) {
    const action = actionValue(rule.action, rule.errnoRet);
    const alternatives = splitAlternatives(rule.args ?? []);
    for (const name of rule.names) {
      const number = arch.calls.get(name);
      if (number === undefined) continue;
      if ((number & ~X32_BIT) < PRIVATE_CALLS) newest = Math.max(newest, number);
      let plan = calls.get(number);
      if (plan === undefined) {
        plan = { conditional: [], otherwise: fallback };
        calls.set(number, plan);
      }
      if (settled.has(number)) continue;
      if (alternatives.length === 0) {
        settled.add(number);
        plan.conditional = [];
        plan.otherwise = action;
      } else {
        for (const args of alternatives) plan.conditional.push({ args, action });
      }
    }
  }
  const permissive = seccomp.defaultAction === 'SCMP_ACT_ALLOW' || seccomp.defaultAction === 'SCMP_ACT_LOG';
  return {
    architecture: arch,
    calls,
    newest,
    newer: permissive || newest === 0 ? fallback : NOT_IMPLEMENTED,
    default: fallback,
  };
}

/**
 * Arguments of a rule must all hold; but where one index is tested twice, each test is an alternative of its own. That is
 * what runc made of a library that could not test an index twice, and profiles rely on it.
 */
function splitAlternatives(args: readonly SeccompArg[]): SeccompArg[][] {
  if (args.length === 0) return [];
  for (const arg of args) {
    if (!Number.isInteger(arg.index) || arg.index < 0 || arg.index > 5) {
      throw new RuntimeError('seccomp-invalid', `argument index: expected 0 to 5, got ${arg.index}`);
    }
  }
  const repeated = new Set(args.map((arg) => arg.index)).size < args.length;
  return repeated ? args.map((arg) => [arg]) : [[...args]];
}
