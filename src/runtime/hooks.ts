import { spawn } from 'node:child_process';
import { messageOf } from '../errors.ts';
import { RuntimeError } from './error.ts';
import type { HelperRecord } from './helper.ts';
import type { Hook, HookStage, Hooks, State } from './spec.ts';

/** How much of a failed hook's error output the message shows. */
const SHOWN_BYTES = 2000;

/** Runs hooks in our own namespaces, one after another, the state on stdin. The first that fails ends it. */
export async function runHooks(stage: HookStage, hooks: readonly Hook[] | undefined, state: State): Promise<void> {
  for (const hook of hooks ?? []) await runHook(stage, hook, JSON.stringify(state));
}

/** Runs all of them, whatever happens, and tells about failures: for `poststop`. */
export async function runHooksLeniently(
  stage: HookStage,
  hooks: readonly Hook[] | undefined,
  state: State,
  warn: (message: string) => void,
): Promise<void> {
  for (const hook of hooks ?? []) {
    try {
      await runHook(stage, hook, JSON.stringify(state));
    } catch (error) {
      warn(messageOf(error));
    }
  }
}

function runHook(stage: HookStage, hook: Hook, state: string): Promise<void> {
  const [argv0 = hook.path, ...args] = hook.args ?? [];
  // The hook's environment is what the config says and nothing of ours.
  const env = Object.fromEntries((hook.env ?? []).map((entry) => splitOnce(entry)));
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new RuntimeError('hook-failed', `${stage} hook ${hook.path}: ${why}`, { cause }));
    const child = spawn(hook.path, args, { argv0, env, cwd: '/', stdio: ['pipe', 'ignore', 'pipe'], detached: true });
    const timer =
      hook.timeout === undefined
        ? undefined
        : setTimeout(() => {
            killGroup(child.pid);
            fail(`did not end within ${hook.timeout} s`);
          }, hook.timeout * 1000);
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (output.length < SHOWN_BYTES) output += chunk.toString('utf8').slice(0, SHOWN_BYTES);
    });
    // A hook may end without reading its stdin.
    child.stdin.on('error', () => {});
    child.stdin.end(state);
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(messageOf(error), error);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve();
      const said = output.trim() === '' ? '' : `: ${output.trim()}`;
      fail(signal === null ? `exit status ${code}${said}` : `killed by ${signal}${said}`);
    });
  });
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Hooks that the helper runs inside: the state in two halves, the pid between them is the helper's to fill in. */
export function hookRecords(hooks: Hooks | undefined, state: State): HelperRecord[] {
  return (['createContainer', 'startContainer'] as const).flatMap((stage) =>
    (hooks?.[stage] ?? []).map((hook): HelperRecord => {
      const { pid: _, ...rest } = { ...state, status: stage === 'startContainer' ? 'created' : 'creating' };
      const prefix = `${JSON.stringify(rest).slice(0, -1)},"pid":`;
      const args = hook.args?.length ? hook.args : [hook.path];
      return ['hook', stage, hook.path, hook.timeout ?? 0, prefix, '}', args.length, ...args, ...(hook.env ?? [])];
    }),
  );
}

/** True when hooks run outside while the helper waits. */
export function hasOuterHooks(hooks: Hooks | undefined): boolean {
  return (hooks?.prestart?.length ?? 0) + (hooks?.createRuntime?.length ?? 0) > 0;
}
