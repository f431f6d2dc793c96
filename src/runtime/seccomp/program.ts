import type { Seccomp } from '../spec-linux.ts';
import { filterFlags } from './actions.ts';
import { encode } from './bpf.ts';
import { compileSeccomp } from './compile.ts';

/** What the helper loads: arguments of its `seccomp` record. */
export interface SeccompProgram {
  flags: number;
  bytes: Buffer;
}

const byObject = new WeakMap<Seccomp, SeccompProgram>();
const byText = new Map<string, SeccompProgram>();
const KEPT = 32;

/** The compiled program of a profile. Compiling costs milliseconds, so equal profiles are compiled once a process. */
export function seccompProgram(seccomp: Seccomp, machine: string = process.arch): SeccompProgram {
  let program = byObject.get(seccomp);
  if (program !== undefined) return program;
  const key = `${machine} ${JSON.stringify(seccomp, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))}`;
  program = byText.get(key);
  if (program === undefined) {
    program = { flags: filterFlags(seccomp.flags), bytes: encode(compileSeccomp(seccomp, machine)) };
    if (byText.size >= KEPT) byText.delete(byText.keys().next().value!);
    byText.set(key, program);
  }
  byObject.set(seccomp, program);
  return program;
}
