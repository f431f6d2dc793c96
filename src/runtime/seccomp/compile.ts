/**
 * linux.seccomp → one classic BPF program.
 *
 *   load arch ─┬─ x86-64: load nr ─ bit 30 set? ─┬─ no:  binary search over x86-64's numbers
 *              │                                 └─ yes: x32's own, or the same search without the bit
 *              ├─ i386: load nr ─ binary search …
 *              └─ any other: kill the process (an unlisted convention would dodge every rule)
 *
 * Meaning of rules for one call: an unconditional rule beats conditional ones (the first of several); else the first
 * conditional rule whose arguments all match; else the default action. Calls newer than the newest that the profile
 * names get ENOSYS instead of an error or death, so that C libraries fall back to what the profile knows.
 */
import { RuntimeError } from '../error.ts';
import type { Seccomp, SeccompArg, SeccompOperator } from '../spec-linux.ts';
import { KILL_PROCESS } from './actions.ts';
import { X32_BIT } from './architectures.ts';
import { Assembler, type Leaf, type Place, type Split } from './assembler.ts';
import {
  AND,
  argumentOffset,
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
import { type ArchitecturePlan, type CallPlan, planSeccomp } from './plan.ts';

/** The first number of the calls that x32 has for itself. */
const X32_OWN = 512;

/** The program for `machine` (as in `process.arch`). */
export function compileSeccomp(seccomp: Seccomp, machine: string): Instruction[] {
  const plans = planSeccomp(seccomp, machine);
  const x32 = plans.find((plan) => plan.architecture.name === 'SCMP_ARCH_X32');
  const assembler = new Assembler();
  let next = assembler.place({ action: KILL_PROCESS });
  for (const plan of plans.filter((p) => p !== x32).reverse()) {
    let body = assembler.place(searchCalls(plan, 0));
    if (plan.architecture.name === 'SCMP_ARCH_X86_64') {
      body = placeX32(assembler, x32, body);
      // Number -1 is what a tracer leaves to skip a call: not x32, and not worth a kill.
      body = assembler.branch(JEQ, 0xffffffff, assembler.place({ action: plan.newer }), body);
    }
    next = assembler.branch(JEQ, plan.architecture.audit, assembler.add(op(LOAD, OFFSET_NR), body), next);
  }
  assembler.add(op(LOAD, OFFSET_ARCH), next);
  const program = assembler.program();
  if (program.length > MAX_INSTRUCTIONS) {
    throw new RuntimeError(
      'seccomp-invalid',
      `the seccomp profile needs ${program.length} instructions; the kernel takes at most ${MAX_INSTRUCTIONS}`,
      { hint: 'list fewer architectures or fewer rules with arguments' },
    );
  }
  return program;
}

/**
 * x32's own calls have numbers from 512 on; those below are x86-64's, the same rules have named them, and the same code
 * looks at them once the bit is taken off. What x32 lacks of them the kernel refuses (before 5.4: does as x86-64 would).
 */
function placeX32(assembler: Assembler, x32: ArchitecturePlan | undefined, x86: Place): Place {
  const own = x32 === undefined ? { action: KILL_PROCESS } : searchCalls(x32, X32_BIT + X32_OWN);
  let below = assembler.place(own);
  if (x32 !== undefined) {
    const shared = assembler.add(op(AND, X32_BIT - 1), x86);
    below = assembler.branch(JGE, X32_BIT + X32_OWN, below, shared);
  }
  return assembler.branch(JGE, X32_BIT, below, x86);
}

/** The answers for all numbers from `first` on. Calls with conditions are never joined with their neighbours. */
function searchCalls(plan: ArchitecturePlan, first: number): Split | Leaf {
  const ranges: { start: number; leaf: Leaf }[] = [];
  const add = (start: number, leaf: Leaf): void => {
    const last = ranges.at(-1)?.leaf;
    const same = last !== undefined && 'action' in last && 'action' in leaf && last.action === leaf.action;
    if (!same) ranges.push({ start, leaf });
  };
  let next = first;
  const fill = (until: number): void => {
    if (next >= until) return;
    if (next <= plan.newest) add(next, { action: plan.default });
    if (until > plan.newest + 1) add(Math.max(next, plan.newest + 1), { action: plan.newer });
  };
  for (const number of [...plan.calls.keys()].filter((n) => n >= first).sort((a, b) => a - b)) {
    fill(number);
    const call = plan.calls.get(number)!;
    add(number, call.conditional.length === 0 ? { action: call.otherwise } : { code: testArguments(call) });
    next = number + 1;
  }
  fill(0x100000000);
  return split(ranges);
}

function split(ranges: readonly { start: number; leaf: Leaf }[]): Split | Leaf {
  if (ranges.length === 1) return ranges[0]!.leaf;
  const middle = ranges.length >> 1;
  return { start: ranges[middle]!.start, low: split(ranges.slice(0, middle)), high: split(ranges.slice(middle)) };
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
