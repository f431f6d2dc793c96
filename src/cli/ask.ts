import type { Terminal } from './command.ts';

/** Asks on the terminal and reads one line; with `secret` the answer is not shown. undefined: end of input or Ctrl+C. */
export async function ask(
  io: Terminal,
  question: string,
  options: { secret?: boolean } = {},
): Promise<string | undefined> {
  io.stderr.write(question);
  if (options.secret) io.setRawMode(true);
  try {
    return await readLine(io, options.secret === true);
  } finally {
    if (options.secret) {
      io.setRawMode(false);
      io.stderr.write('\n');
    }
  }
}

function readLine(io: Terminal, raw: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (answer: string | undefined): void => {
      io.stdin.off('data', take);
      io.stdin.off('end', end);
      io.stdin.pause();
      resolve(answer);
    };
    const end = (): void => finish(text === '' ? undefined : text);
    const take = (chunk: Buffer): void => {
      for (const [i, character] of [...chunk.toString('utf8')].entries()) {
        if (character === '\n' || character === '\r') {
          finish(text);
          // The next question's answer may have come already; nobody listens now, so it is not taken twice.
          const rest = [...chunk.toString('utf8')].slice(i + 1).join('');
          if (rest !== '') io.stdin.unshift(Buffer.from(rest));
          return;
        }
        // In raw mode the terminal does not edit the line for us.
        if (raw && (character === '\x03' || character === '\x04')) {
          finish(undefined);
          return;
        }
        if (raw && (character === '\x7f' || character === '\b')) text = [...text].slice(0, -1).join('');
        else text += character;
      }
    };
    io.stdin.on('data', take);
    io.stdin.on('end', end);
    io.stdin.resume();
  });
}

/** All of standard input, for `--password-stdin`. */
export async function readStdin(io: Terminal, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of io.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
