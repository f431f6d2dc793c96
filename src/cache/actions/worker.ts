import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Slots } from '../../content/slots.ts';
import { ownerToken } from '../../owner.ts';
import type { CacheService, CacheServiceAnswer, CacheServiceRequest, FromWorker } from './protocol.ts';

/** Entries that move at once. */
const AT_ONCE = 4;

/** What @actions/cache needs of the environment. Nothing else is handed on. */
const NEEDED =
  /^(ACTIONS_(RUNTIME_TOKEN|RESULTS_URL|CACHE_URL|CACHE_SERVICE_V2|CACHE_MODE)|GITHUB_(SERVER_URL|ACTIONS)|RUNNER_(OS|DEBUG)|SEGMENT_DOWNLOAD_TIMEOUT_MINS|PATH|HOME|LANG|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS)$/;

export interface WorkerOptions {
  /** How this program is started again; its command `actions-cache` speaks to the service. */
  self: readonly string[];
  /** Where a folder for entries may be made. */
  parent: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Who unpacks what comes from the service: never root where another user asked for it. */
  user?: { uid: number; gid: number } | undefined;
}

/** Whether this process was given a cache service at all. */
export function hasCacheService(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env.ACTIONS_RUNTIME_TOKEN && (env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL));
}

/**
 * GitHub's cache service behind a process of its own: @actions/cache unpacks entries with tar wherever they say, so it
 * runs as the calling user in a folder of its own; and it can be stopped in the middle of anything.
 */
export class CacheServiceWorker implements CacheService {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #slots = new Slots(AT_ONCE);
  readonly #waiting = new Map<number, (answer: CacheServiceAnswer) => void>();
  readonly #ended: Promise<void>;
  #gone: string | undefined;
  #count = 0;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#child = child;
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.on('message', ({ id, answer }: FromWorker) => this.#settle(id, answer));
    this.#ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#gone ??= why;
        for (const id of [...this.#waiting.keys()]) this.#settle(id, { problem: this.#gone });
        resolve();
      };
      child.once('error', (error) => end(error.message));
      child.once('close', (code, signal) => {
        const said = complaint.trim().split('\n').at(-1);
        end(said || `what speaks to the cache service ended with ${signal ?? `exit code ${code}`}`);
      });
    });
  }

  static async start({ self, parent, env, user }: WorkerOptions): Promise<CacheServiceWorker> {
    await mkdir(parent, { recursive: true, mode: 0o711 });
    // The outer folder is ours: by its name and owner it is swept when this process dies.
    const outer = join(parent, `${ownerToken()}-entries-${randomBytes(4).toString('hex')}`);
    await mkdir(outer, { mode: 0o711 });
    const folder = join(outer, 'entries');
    await mkdir(join(folder, 'tmp'), { recursive: true });
    const drop = user !== undefined && user.uid !== 0 && process.getuid?.() === 0 ? user : undefined;
    if (drop !== undefined) for (const path of [folder, join(folder, 'tmp')]) await chown(path, drop.uid, drop.gid);
    const [program, ...args] = [...self, 'actions-cache'];
    const child = spawn(program!, args, {
      cwd: folder,
      env: {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.test(name))),
        // entries are packed and unpacked here, so that their paths are the same in every run
        GITHUB_WORKSPACE: folder,
        RUNNER_TEMP: join(folder, 'tmp'),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...drop,
    });
    return new CacheServiceWorker(folder, child);
  }

  ask(request: CacheServiceRequest, withinMs?: number): Promise<CacheServiceAnswer> {
    return this.#slots.run(async () => {
      if (this.#gone !== undefined) return { problem: this.#gone };
      const id = ++this.#count;
      const answer = new Promise<CacheServiceAnswer>((resolve) => {
        this.#waiting.set(id, resolve);
        this.#child.send({ id, request }, (error) => {
          if (error) this.#settle(id, { problem: this.#gone ?? error.message });
        });
      });
      if (withinMs === undefined) return answer;
      const late = (): void => this.stop(`the cache service did not answer within ${withinMs / 1000} s`);
      const timer = setTimeout(late, withinMs);
      return answer.finally(() => clearTimeout(timer));
    });
  }

  /** Ends everything that is still under way: answers that are waited for say why. */
  stop(why: string): void {
    this.#gone ??= why;
    this.#child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.stop('it was closed');
    await this.#ended;
    await rm(dirname(this.folder), { recursive: true, force: true });
  }

  #settle(id: number, answer: CacheServiceAnswer): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(answer);
  }
}
