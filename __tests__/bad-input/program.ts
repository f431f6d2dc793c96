import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import type { Layer } from '../../src/content/store.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { busyboxEntries, makeImage, makeLayer } from '../helpers/busybox-image.ts';

const ENTRY = join(import.meta.dirname, '../../src/cli/entry.ts');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  root?: string;
  runRoot?: string;
  /** Sent after so many milliseconds. */
  kill?: { signal: NodeJS.Signals; after: number };
  /** Words before the program: `unshare`, `setpriv`, … */
  under?: readonly string[];
}

/** The command line as a user starts it: a process of its own, on state folders below `folder`. */
export class Program {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get root(): string {
    return join(this.folder, 'root');
  }

  async run(words: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
    const globals = ['--root', options.root ?? this.root, '--run-root', options.runRoot ?? join(this.folder, 'run')];
    const [program, ...args] = [...(options.under ?? []), process.execPath, ENTRY, ...globals, ...words];
    const child = spawn(program!, args, {
      cwd: options.cwd ?? this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const ended: Ended = { code: null, signal: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ended.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ended.stderr += chunk.toString();
    });
    const closed = new Promise<void>((resolve) =>
      child.once('close', (code, signal) => {
        Object.assign(ended, { code, signal });
        resolve();
      }),
    );
    if (options.kill !== undefined) {
      await Promise.race([closed, sleep(options.kill.after)]);
      child.kill(options.kill.signal);
    }
    await closed;
    return ended;
  }

  /** A build of these files, told plainly. */
  async build(
    files: Record<string, string | Buffer>,
    options: ProgramOptions & { flags?: readonly string[] | undefined } = {},
  ) {
    const context = join(this.folder, 'context');
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(context, name)), { recursive: true });
      await writeFile(join(context, name), content);
    }
    return this.run(['build', '--progress', 'plain', ...(options.flags ?? []), context], options);
  }

  /** The store, as another process of the tests sees it. */
  async store(): Promise<{ store: LayoutStore; refs: Refs }> {
    const store = await LayoutStore.open(join(this.root, 'content'));
    return { store, refs: new Refs(store) };
  }

  /** Puts an image of busybox and these further layers under a name. */
  async image(name: string, extra: (store: LayoutStore) => Promise<Layer[]> = async () => []): Promise<void> {
    const { store, refs } = await this.store();
    const layers = [await makeLayer(store, await busyboxEntries()), ...(await extra(store))];
    const image = await makeImage(store, layers, { Cmd: ['sh'] });
    await refs.set(name, image.descriptor);
  }

  /** What should not be there when all commands have ended. */
  async leftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n'))
      if (line.includes(this.folder)) found.push(`mount ${line}`);
    for (let patience = 40; patience > 0 && processesOf(this.folder).length > 0; patience--) await sleep(50);
    found.push(...processesOf(this.folder).map((line) => `process ${line}`));
    for (const folder of ['root/content/ingest', 'root/snapshots/p', 'root/snapshots/t'])
      for (const name of await readdir(join(this.folder, folder)).catch(() => [])) found.push(`${folder}/${name}`);
    return found;
  }

  /** Blobs whose bytes are not what their name says. */
  async damagedBlobs(): Promise<string[]> {
    const { store } = await this.store();
    const damaged: string[] = [];
    const { createHash } = await import('node:crypto');
    for await (const { digest } of store.list()) {
      const bytes = readFileSync(store.blobPath(parseDigest(digest)));
      if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) damaged.push(digest);
    }
    return damaged;
  }
}

/** What every refusal has in common: no stack, the exit code, and a hint where one was promised. */
export function refusal(ended: Ended): { code: number | null; stack: boolean; text: string } {
  return { code: ended.code, stack: /^\s+at .*[:(]\d+/m.test(ended.stderr), text: ended.stderr };
}

function processesOf(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) continue;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (line.includes(folder) || /sleep 4242\d/.test(line)) found.push(`${pid} ${line}`);
    } catch {
      // it has ended meanwhile
    }
  }
  return found;
}
