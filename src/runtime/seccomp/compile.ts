/**
 * linux.seccomp → one classic BPF program.
 *
 *   load arch ─┬─ x86-64: load nr ─ bit 30 set? ─┬─ no:  binary search over x86-64's numbers
 *              │                                 └─ yes: binary search over x32's
 *              ├─ i386: load nr ─ binary search …
 *              └─ any other: kill the process (an unlisted convention would dodge every rule)
 *
 * Meaning of rules for one call: an unconditional rule beats conditional ones (the first of several); else the first
 * conditional rule whose arguments all match; else the default action. Calls newer than the newest that the profile
 * names get ENOSYS instead of an error or death, so that C libraries fall back to what the profile knows.
 */
import { RuntimeError } from '../error.ts';
import type { Seccomp, SeccompArg, SeccompOperator } from '../spec-linux.ts';
import { actionValue, KILL_PROCESS, NOT_IMPLEMENTED } from './actions.ts';
import { type Architecture, architecture, nativeArchitectures, X32_BIT } from './architectures.ts';
import {
  AND,
  argumentOffset,
  branch,
  type Instruction,
  JEQ,
  JGE,
  JGT,
  LOAD,
  MAX_INSTRUCTIONS,
  OFFSET_ARCH,
  OFFSET_NR,
  op,
  RETURN,
} from './bpf.ts';

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
function planSeccomp(seccomp: Seccomp, machine: string): ArchitecturePlan[] {
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

/** The program for `machine` (as in `process.arch`). */
export function compileSeccomp(seccomp: Seccomp, machine: string): Instruction[] {
  const plans = planSeccomp(seccomp, machine);
  const x32 = plans.find((plan) => plan.architecture.name === 'SCMP_ARCH_X32');
  let program: Instruction[] = [op(RETURN, KILL_PROCESS)];
  for (const plan of plans.filter((p) => p !== x32).reverse()) {
    let body = searchCalls(plan);
    if (plan.architecture.name === 'SCMP_ARCH_X86_64') {
      body = branch(JGE, X32_BIT, x32 === undefined ? [op(RETURN, KILL_PROCESS)] : searchCalls(x32), body);
      // Number -1 is what a tracer leaves to skip a call: not x32, and not worth a kill.
      body = branch(JEQ, 0xffffffff, [op(RETURN, plan.newer)], body);
    }
    program = branch(JEQ, plan.architecture.audit, [op(LOAD, OFFSET_NR), ...body], program);
  }
  program.unshift(op(LOAD, OFFSET_ARCH));
  if (program.length > MAX_INSTRUCTIONS) {
    throw new RuntimeError(
      'seccomp-invalid',
      `the seccomp profile needs ${program.length} instructions; the kernel takes at most ${MAX_INSTRUCTIONS}`,
      { hint: 'list fewer architectures or fewer rules with arguments' },
    );
  }
  return program;
}

/** A range of numbers with one answer: from `start` up to the next range's start. */
interface Range {
  start: number;
  code: Instruction[];
  /** Same key, same code: neighbours are joined. Calls with conditions are never joined. */
  key: string;
}

function searchCalls(plan: ArchitecturePlan): Instruction[] {
  const ranges: Range[] = [];
  const add = (start: number, code: Instruction[], key: string): void => {
    if (ranges.at(-1)?.key !== key) ranges.push({ start, code, key });
  };
  const addAction = (start: number, action: number): void => add(start, [op(RETURN, action)], String(action));
  let next = 0;
  const fill = (until: number): void => {
    if (next < until) {
      if (next <= plan.newest) addAction(next, plan.default);
      if (until > plan.newest + 1) addAction(Math.max(next, plan.newest + 1), plan.newer);
    }
  };
  for (const number of [...plan.calls.keys()].sort((a, b) => a - b)) {
    fill(number);
    const call = plan.calls.get(number)!;
    if (call.conditional.length === 0) addAction(number, call.otherwise);
    else add(number, testArguments(call), `conditions of ${number}`);
    next = number + 1;
  }
  fill(0x100000000);
  return search(ranges);
}

function search(ranges: readonly Range[]): Instruction[] {
  if (ranges.length === 1) return ranges[0]!.code;
  const middle = ranges.length >> 1;
  return branch(JGE, ranges[middle]!.start, search(ranges.slice(middle)), search(ranges.slice(0, middle)));
}

function testArguments(call: CallPlan): Instruction[] {
  let code: Instruction[] = [op(RETURN, call.otherwise)];
  for (const { args, action } of call.conditional.toReversed()) {
    let yes: Instruction[] = [op(RETURN, action)];
    // Each test that fails goes to the code of the next rule, which follows; distances are counted from the end.
    for (const arg of args.toReversed()) yes = testArgument(arg, yes);
    code = [...yes, ...code];
  }
  return code;
}

/** Marks a jump to behind the piece, resolved as soon as the piece is whole. */
const FAIL = -1;

/** Code that runs `then` when the argument matches, and else goes on behind `then`. */
function testArgument(arg: SeccompArg, then: readonly Instruction[]): Instruction[] {
  const value = toUnsigned64(arg.value, 'value');
  const high = Number(value >> 32n);
  const low = Number(value & 0xffffffffn);
  const loadHigh = op(LOAD, argumentOffset(arg.index) + 4);
  const loadLow = op(LOAD, argumentOffset(arg.index));
  const tests: Record<SeccompOperator, () => Instruction[]> = {
    SCMP_CMP_EQ: () => [loadHigh, op(JEQ, high, 0, FAIL), loadLow, op(JEQ, low, 0, FAIL)],
    SCMP_CMP_NE: () => [loadHigh, op(JEQ, high, 0, 2), loadLow, op(JEQ, low, FAIL, 0)],
    SCMP_CMP_GT: () => [loadHigh, op(JGT, high, 3, 0), op(JEQ, high, 0, FAIL), loadLow, op(JGT, low, 0, FAIL)],
    SCMP_CMP_GE: () => [loadHigh, op(JGT, high, 3, 0), op(JEQ, high, 0, FAIL), loadLow, op(JGE, low, 0, FAIL)],
    SCMP_CMP_LT: () => [loadHigh, op(JGT, high, FAIL, 0), op(JEQ, high, 0, 2), loadLow, op(JGE, low, FAIL, 0)],
    SCMP_CMP_LE: () => [loadHigh, op(JGT, high, FAIL, 0), op(JEQ, high, 0, 2), loadLow, op(JGT, low, FAIL, 0)],
    SCMP_CMP_MASKED_EQ: () => {
      const wanted = toUnsigned64(arg.valueTwo ?? 0, 'valueTwo');
      return [
        loadHigh,
        op(AND, high),
        op(JEQ, Number(wanted >> 32n), 0, FAIL),
        loadLow,
        op(AND, low),
        op(JEQ, Number(wanted & 0xffffffffn), 0, FAIL),
      ];
    },
  };
  if (!Object.hasOwn(tests, arg.op)) throw new RuntimeError('seccomp-invalid', `unknown seccomp operator ${arg.op}`);
  const code = [...tests[arg.op](), ...then];
  return code.map((instruction, i) => {
    const distance = code.length - i - 1;
    const jt = instruction.jt === FAIL ? distance : instruction.jt;
    const jf = instruction.jf === FAIL ? distance : instruction.jf;
    return jt === instruction.jt && jf === instruction.jf ? instruction : { ...instruction, jt, jf };
  });
}

function toUnsigned64(value: number | bigint, name: string): bigint {
  const fits = typeof value === 'bigint' || Number.isInteger(value);
  if (!fits || value < 0 || value > 0xffffffffffffffffn) {
    throw new RuntimeError(
      'seccomp-invalid',
      `seccomp argument ${name}: expected an unsigned 64-bit number, got ${value}`,
    );
  }
  return BigInt(value);
}
