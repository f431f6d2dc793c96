import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Sample {
  /** Wall time, milliseconds. */
  ms: number;
  /** Highest resident set of any one process of the command, bytes; by executable name. */
  peak: Record<string, number>;
  stdout: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Also watch the memory of every process below; costs a little CPU, so only the memory row asks for it. */
  watchMemory?: boolean;
  /** Extra descriptors from 3 on. */
  stdio?: number[];
}

/** Runs a command to its end; throws with its last output when it fails. */
export async function time(command: readonly string[], options: CommandOptions = {}): Promise<Sample> {
  const start = process.hrtime.bigint();
  const child = spawn(command[0]!, command.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.stdio ?? [])],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout = (stdout + chunk).slice(-200_000)));
  child.stderr!.on('data', (chunk) => (stderr = (stderr + chunk).slice(-20_000)));
  const peak: Record<string, number> = {};
  const watch = options.watchMemory ? setInterval(() => notePeaks(child.pid!, peak), 25) : undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${(stderr || stdout).slice(-2000)}`);
  return { ms, peak, stdout };
}

/** VmHWM of the process and of everything below it. */
function notePeaks(root: number, peak: Record<string, number>): void {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // gone
    }
  }
  for (const pid of parents.keys()) {
    let p: number | undefined = pid;
    while (p !== undefined && p !== root && p > 1) p = parents.get(p);
    if (p !== root) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      const name = /^Name:\s+(.*)$/m.exec(status)![1]!;
      const bytes = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
      peak[name] = Math.max(peak[name] ?? 0, bytes);
    } catch {
      // gone
    }
  }
}

export interface Subject {
  name: string;
  /** Brings the state back before each run; not timed. */
  prepare?(): Promise<void>;
  run(): Promise<Sample>;
}

export interface Measured {
  name: string;
  /** Milliseconds, one per run. */
  runs: number[];
  median: number;
}

/** Runs the subjects in turn, A B C A B C …, so that a slow moment of the machine meets all of them; the first round is not counted. */
export async function interleave(subjects: readonly Subject[], runs: number): Promise<Measured[]> {
  const results = subjects.map((s): Measured => ({ name: s.name, runs: [], median: 0 }));
  for (let round = 0; round <= runs; round++) {
    for (const [i, subject] of subjects.entries()) {
      await subject.prepare?.();
      const sample = await subject.run();
      if (round > 0) results[i]!.runs.push(sample.ms);
    }
  }
  for (const result of results) result.median = median(result.runs);
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
