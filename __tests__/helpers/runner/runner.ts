import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type ParsedLog, parseFileCommands, parseOutput } from './commands.ts';
import { push, type RunnerEvent, SHA } from './events.ts';

export interface StepOptions {
  inputs?: Record<string, string>;
  env?: Record<string, string>;
  event?: RunnerEvent;
  /** Runs the step as this user, as a hosted runner does. */
  user?: { uid: number; gid: number; name: string; home: string };
  /** Folder of the checkout; default: one that is made empty. */
  workspace?: string;
  /** Called with the running process: to cancel it. */
  onStart?(child: ChildProcess, output: () => string): void;
}

export interface StepResult extends ParsedLog {
  code: number;
  /** Everything that was written, unmasked. */
  raw: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  artifacts: string;
  /** Milliseconds from spawn to end. */
  milliseconds: number;
  annotations: ParsedLog['commands'];
  /** Runs the post step, with the state that this one left. */
  post(): Promise<StepResult>;
}

interface ActionFile {
  inputs: Record<string, { default?: string }>;
  runs: { using: string; main: string; post: string };
}

/** Runs an action as GitHub's runner does: inputs and files by environment, Node of its own, output read line by line. */
export class Runner {
  readonly action: string;
  readonly folder: string;
  readonly temp: string;
  readonly #node: string;

  constructor(action: string, folder: string, node: string = process.execPath) {
    this.action = action;
    this.folder = folder;
    this.temp = join(folder, 'temp');
    this.#node = node;
  }

  async step(options: StepOptions = {}): Promise<StepResult> {
    const { runs, inputs } = await this.#file();
    const env = await this.#environment(options);
    const given = options.inputs ?? {};
    for (const name of Object.keys(given)) if (!(name in inputs)) throw new Error(`action.yml has no input ${name}`);
    for (const [name, { default: value }] of Object.entries(inputs))
      env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = given[name] ?? expand(value ?? '', options.env ?? {});
    return this.#run(runs.main, env, options);
  }

  async #run(file: string, base: Record<string, string>, options: StepOptions): Promise<StepResult> {
    const files = join(this.temp, '_runner_file_commands');
    await mkdir(files, { recursive: true });
    const id = randomUUID();
    const env = { ...base };
    const names = {
      OUTPUT: 'set_output',
      STATE: 'save_state',
      ENV: 'set_env',
      PATH: 'add_path',
      STEP_SUMMARY: 'step_summary',
      ARTIFACTS: 'artifacts',
    };
    for (const [name, prefix] of Object.entries(names)) {
      const path = join(files, `${prefix}_${id}`);
      await writeFile(path, '');
      if (options.user) await chown(path, options.user.uid, options.user.gid);
      env[`GITHUB_${name}`] = path;
    }
    const began = performance.now();
    let raw = '';
    const child = spawn(this.#node, [join(this.action, file)], {
      cwd: env.GITHUB_WORKSPACE,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        raw += text;
      });
    options.onStart?.(child, () => raw);
    const code = await new Promise<number>((resolve) => {
      child.once('close', (status, signal) => resolve(status ?? (signal === null ? -1 : 128)));
    });
    const read = (name: string): Promise<string> => readFile(env[`GITHUB_${name}`]!, 'utf8');
    const state = parseFileCommands(await read('STATE'));
    const parsed = parseOutput(raw);
    return {
      ...parsed,
      code,
      raw,
      outputs: parseFileCommands(await read('OUTPUT')),
      state,
      summary: await read('STEP_SUMMARY'),
      artifacts: await read('ARTIFACTS'),
      milliseconds: performance.now() - began,
      annotations: parsed.commands.filter(({ command }) => ['error', 'warning', 'notice'].includes(command)),
      post: async () => {
        const { runs } = await this.#file();
        const states = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
        const { onStart: _, ...rest } = options;
        return this.#run(runs.post, { ...base, ...Object.fromEntries(states) }, rest);
      },
    };
  }

  async #file(): Promise<ActionFile> {
    return parse(await readFile(join(this.action, 'action.yml'), 'utf8')) as ActionFile;
  }

  async #environment(options: StepOptions): Promise<Record<string, string>> {
    const { event = push(), user } = options;
    const workspace = options.workspace ?? join(this.folder, 'workspace');
    const home = user?.home ?? join(this.folder, 'home');
    for (const folder of [this.temp, workspace, home]) {
      await mkdir(folder, { recursive: true });
      if (user) await chown(folder, user.uid, user.gid).catch(() => {});
    }
    const eventPath = join(this.temp, 'event.json');
    await writeFile(eventPath, JSON.stringify(event.payload));
    const repository = (event.payload.repository as { full_name: string }).full_name;
    return {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: home,
      ...(user ? { USER: user.name } : {}),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_REF: event.ref,
      ...(event.baseRef ? { GITHUB_BASE_REF: event.baseRef } : {}),
      ...(event.headRef ? { GITHUB_HEAD_REF: event.headRef } : {}),
      GITHUB_SHA: SHA,
      GITHUB_REPOSITORY: repository,
      GITHUB_REPOSITORY_OWNER: repository.split('/')[0]!,
      GITHUB_ACTOR: 'octocat',
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_JOB: 'build',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: 'https://api.github.com',
      RUNNER_OS: 'Linux',
      RUNNER_TEMP: this.temp,
      CONTAINERIZE_ROOT: join(this.folder, 'root'),
      CONTAINERIZE_RUN: join(this.folder, 'run'),
      ...options.env,
    };
  }
}

/** The only expression in our action.yml. */
function expand(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{\{\s*github\.token\s*\}\}/g, env.TEST_GITHUB_TOKEN ?? 'ghs_0123456789abcdefTOKEN');
}
