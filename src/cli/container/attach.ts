import { Attachment } from '../../container/attach.ts';
import type { Container } from '../../container/container.ts';
import { DetachKeys, parseDetachKeys } from '../../container/detach-keys.ts';
import { signalNumber } from '../../runtime/started.ts';
import type { CommandContext, Terminal } from '../command.ts';
import type { ForegroundOptions } from './foreground.ts';

/** How long the output of a container that was started waits for us; we come at once. */
const WAIT_CLIENT_MS = 10_000;
/** Docker's: after so many the command ends, and the container stays. */
const PATIENCE = 3;

/** Starts a container in the background and connects to it; gives its exit code, or 0 when the user leaves it running. */
export async function attachAndStart(
  container: Container,
  options: ForegroundOptions,
  context: CommandContext,
  keys: { detachKeys?: string | undefined },
): Promise<number> {
  const { io, signal } = context;
  parseDetachKeys(keys.detachKeys);
  await container.start({ signal, waitClientMs: WAIT_CLIENT_MS, consoleSize: options.tty ? io.size() : undefined });
  return attach(container, options, context, keys);
}

/** Connects to a running container. */
export async function attach(
  container: Container,
  options: ForegroundOptions,
  { io, signal }: CommandContext,
  keys: { detachKeys?: string | undefined },
): Promise<number> {
  const wants = (stream: string): boolean => options.attach === undefined || options.attach.includes(stream);
  const connection = await Attachment.open(container.attachSocket, (stream, bytes) => {
    if (wants(stream)) return writeOut(stream === 'stdout' ? io.stdout : io.stderr, bytes);
  });
  const undo: (() => void)[] = [() => connection.close()];
  let left = false;
  const leave = (): void => {
    left = true;
    connection.close();
  };
  try {
    const stop = (): void => leave();
    signal.addEventListener('abort', stop, { once: true });
    undo.push(() => signal.removeEventListener('abort', stop));
    if (options.sigProxy !== false) undo.push(proxySignals(io, connection, leave));
    if (options.tty) undo.push(followSize(io, connection));
    if (options.interactive && wants('stdin')) {
      const detach = options.tty ? new DetachKeys(parseDetachKeys(keys.detachKeys)) : undefined;
      undo.push(feedStdin(io, connection, options.tty && io.isTerminal.stdin, detach, leave));
    }
    await connection.ended;
    if (left) {
      signal.throwIfAborted();
      return 0;
    }
    const state = await container.wait({ signal });
    return state.exit?.exitCode ?? 0;
  } finally {
    for (const step of undo.reverse()) step();
  }
}

function proxySignals(io: Terminal, connection: Attachment, leave: () => void): () => void {
  let interrupts = 0;
  return io.onSignal((signal) => {
    if ((signal === 'SIGINT' || signal === 'SIGTERM') && ++interrupts >= PATIENCE) leave();
    else connection.control(`signal ${signalNumber(signal)}`);
  });
}

function followSize(io: Terminal, connection: Attachment): () => void {
  const tell = (): void => {
    const { rows, columns } = io.size();
    connection.control(`resize ${rows} ${columns}`);
  };
  tell();
  return io.onResize(tell);
}

function feedStdin(
  io: Terminal,
  connection: Attachment,
  raw: boolean,
  keys: DetachKeys | undefined,
  leave: () => void,
): () => void {
  if (raw) io.setRawMode(true);
  const onData = (chunk: Buffer): void => {
    const { bytes, detached } = keys?.pass(chunk) ?? { bytes: chunk, detached: false };
    if (bytes.length > 0 && !connection.write(bytes)) {
      io.stdin.pause();
      connection.drained(() => io.stdin.resume());
    }
    if (detached) leave();
  };
  const onEnd = (): void => connection.endStdin();
  io.stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  return () => {
    io.stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
    io.stdin.pause();
    if (raw) io.setRawMode(false);
  };
}

function writeOut(stream: NodeJS.WritableStream, bytes: Buffer): void | Promise<void> {
  if (!stream.write(bytes)) return new Promise((resolve) => stream.once('drain', () => resolve()));
}
