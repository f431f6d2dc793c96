import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { CommandContext } from '../../src/cli/command.ts';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { dispatch, findCommand } from '../../src/cli/dispatch.ts';
import { type Engine, openEngine } from '../../src/pipeline/wire.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** Standard output as bytes: archives. */
  bytes: Buffer;
}

/** The command line in this process, on state folders of its own: nothing here is started as a program. */
export class CommandLine {
  readonly folder: string;
  engine: Promise<Engine>;
  owner: { uid: number; gid: number } = { uid: process.getuid!(), gid: process.getgid!() };
  /** Stops commands that are begun from now on. */
  signal: AbortSignal = new AbortController().signal;
  terminal: { stdin: boolean; stdout: boolean; stderr: boolean } = { stdin: false, stdout: false, stderr: false };

  constructor(folder: string) {
    this.folder = folder;
    this.engine = openEngine({
      root: join(folder, 'root'),
      run: join(folder, 'run'),
      helper: join(import.meta.dirname, `../../dist/helper/linux-${process.arch}/containerize-helper`),
      rootless: process.getuid!() !== 0,
      proxies: {},
      dockerConfig: join(folder, 'docker'),
      registryFiles: [],
      env: {},
      ci: false,
      inActions: false,
    });
  }

  async run(
    words: readonly string[],
    input: string | Buffer | Readable = '',
    env: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    await mkdir(join(this.folder, 'cwd'), { recursive: true });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const chunks: Buffer[] = [];
    let errors = '';
    stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const context: CommandContext = {
      io: {
        stdin: input instanceof Readable ? input : Readable.from([Buffer.from(input)], { objectMode: false }),
        stdout,
        stderr,
        isTerminal: this.terminal,
        inheritable: false,
        size: () => ({ columns: 80, rows: 24 }),
        onResize: () => () => {},
        setRawMode: () => {},
        onSignal: () => () => {},
      },
      env,
      cwd: join(this.folder, 'cwd'),
      home: this.folder,
      owner: this.owner,
      signal: this.signal,
      engine: () => this.engine,
    };
    const found = findCommand(ENTRIES, words);
    if (!('entry' in found)) throw new Error(`no command: ${words.join(' ')}`);
    const code = await dispatch(found.entry, found.rest, context);
    await new Promise((resolve) => setImmediate(resolve));
    const bytes = Buffer.concat(chunks);
    return { code, stdout: bytes.toString(), stderr: errors, bytes };
  }

  /** As {@link run}; fails when the command did. */
  async ok(words: readonly string[], input?: string | Buffer | Readable): Promise<string> {
    const { code, stdout, stderr } = await this.run(words, input);
    if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}: ${stderr}`);
    return stdout;
  }
}
