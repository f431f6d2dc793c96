import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryName } from '../../files.ts';
import type { Seccomp } from '../spec-linux.ts';
import { filterFlags } from './actions.ts';
import { encode, MAX_INSTRUCTIONS } from './bpf.ts';
import { compileSeccomp } from './compile.ts';

/** What the helper loads: arguments of its `seccomp` record. */
export interface SeccompProgram {
  flags: number;
  bytes: Buffer;
}

const byObject = new WeakMap<Seccomp, SeccompProgram>();
const byText = new Map<string, SeccompProgram>();
const KEPT = 32;

/** Part of every key on disk: raise it when the compiler makes other programs of the same profile. */
const COMPILER = 2;

/**
 * The compiled program of a profile. Compiling costs milliseconds, so equal profiles are compiled once a process and,
 * where a folder is given (ours alone, on a file system that a boot empties), once a boot.
 */
export function seccompProgram(seccomp: Seccomp, machine: string = process.arch, folder?: string): SeccompProgram {
  let program = byObject.get(seccomp);
  if (program !== undefined) return program;
  const text = JSON.stringify(seccomp, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  const key = `${COMPILER} ${machine} ${text}`;
  program = byText.get(key);
  if (program === undefined) {
    const make = (): Buffer => encode(compileSeccomp(seccomp, machine));
    program = { flags: filterFlags(seccomp.flags), bytes: folder === undefined ? make() : fromDisk(folder, key, make) };
    if (byText.size >= KEPT) byText.delete(byText.keys().next().value!);
    byText.set(key, program);
  }
  byObject.set(seccomp, program);
  return program;
}

function fromDisk(folder: string, key: string, make: () => Buffer): Buffer {
  const path = join(folder, createHash('sha256').update(key).digest('hex'));
  try {
    const bytes = readFileSync(path);
    if (bytes.length > 0 && bytes.length % 8 === 0 && bytes.length <= 8 * MAX_INSTRUCTIONS) return bytes;
  } catch {
    // Not there yet.
  }
  const bytes = make();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const temporary = temporaryName(path);
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // A cache that cannot be written costs time and nothing else.
  }
  return bytes;
}
