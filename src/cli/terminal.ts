import { isatty } from 'node:tty';
import type { Terminal } from './command.ts';

/** The user's own terminal or pipes, and what the door alone does with them. */
export interface LocalTerminal extends Terminal {
  /** Waits until what was written has reached the descriptors. */
  flush(): Promise<void>;
  /** What the process exits with when a signal or a lost reader ended the work; nothing when it ended by itself. */
  endedBy(): number | undefined;
}

const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
];

/** How long the work may take to end when nobody reads its output any more. */
const TEARDOWN_MS = 5000;

/**
 * Descriptors 0, 1 and 2. Node's streams for them are made only when touched: a container that inherits the
 * descriptors never pays for them. SIGINT and SIGTERM abort `interrupt`, unless someone listens for signals to
 * hand them on; the second SIGINT ends the process at once. So does a reader that left (`containerize logs | head -1`),
 * which is no error of ours: the work is torn down in order, and nothing is said.
 */
export function localTerminal(interrupt: AbortController): LocalTerminal {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const touched = { stdout: false, stderr: false };
  const installed = new Set<NodeJS.Signals>();
  let ended: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (listeners.size > 0) {
      for (const listener of listeners) listener(signal);
      return;
    }
    const code = signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129;
    if (interrupt.signal.aborted) process.exit(code);
    ended = code;
    interrupt.abort();
  };
  const install = (signals: readonly NodeJS.Signals[]): void => {
    for (const signal of signals) {
      if (installed.has(signal)) continue;
      installed.add(signal);
      process.on(signal, onSignal);
    }
  };
  install(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const watch = (stream: NodeJS.WriteStream): void => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      ended ??= error.code === 'EPIPE' ? 0 : 74;
      interrupt.abort();
      // whoever waits for this stream to drain waits for ever
      setTimeout(() => process.exit(ended), TEARDOWN_MS).unref();
    });
  };
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      if (!touched.stdout) watch(process.stdout);
      touched.stdout = true;
      return process.stdout;
    },
    get stderr() {
      if (!touched.stderr) watch(process.stderr);
      touched.stderr = true;
      return process.stderr;
    },
    isTerminal: {
      get stdin() {
        return isatty(0);
      },
      get stdout() {
        return isatty(1);
      },
      get stderr() {
        return isatty(2);
      },
    },
    inheritable: true,
    size: () => {
      const stream = isatty(1) ? process.stdout : isatty(2) ? process.stderr : undefined;
      // asked of the kernel each time: Node's own columns and rows are one SIGWINCH behind
      const [columns, rows] = stream?.getWindowSize() ?? [80, 24];
      return { columns, rows };
    },
    onResize(listener) {
      process.on('SIGWINCH', listener);
      return () => process.off('SIGWINCH', listener);
    },
    setRawMode(on) {
      if (!isatty(0)) return;
      process.stdin.setRawMode(on);
      // Node leaves the translation of line ends on, which a full-screen program inside does not expect; turning raw
      // mode off brings everything back
      if (on)
        process
          .getBuiltinModule('node:child_process')
          .spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
    },
    onSignal(listener) {
      install(FORWARDED);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    endedBy: () => ended,
    async flush() {
      const drained = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
      if (touched.stdout) await drained(process.stdout);
      if (touched.stderr) await drained(process.stderr);
    },
  };
}
