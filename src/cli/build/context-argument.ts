import { readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { BuildError } from '../../build/error.ts';
import type { BuildRequest } from '../../build/request.ts';
import { codeOf, didYouMean, messageOf } from '../../errors.ts';
import { UsageError } from '../arguments.ts';

/** Largest Dockerfile that is read. */
const LARGEST = 16 * 1024 * 1024;

/** What PATH and -f come to. `tar`: the context came as an archive on standard input; `unpack` puts it into a folder. */
export interface ContextArgument {
  dockerfile: BuildRequest['dockerfile'];
  context?: string;
}

export interface Surroundings {
  cwd: string;
  stdin: Readable;
  /** Makes a folder with an archive's files, which is removed after the build. */
  unpack(tar: Readable): Promise<string>;
}

/** Reads the Dockerfile and finds the context of `build PATH | -`. */
export async function readContextArgument(
  path: string,
  file: string | undefined,
  around: Surroundings,
): Promise<ContextArgument> {
  const { cwd, stdin } = around;
  if (path === '-') {
    if (file === '-')
      throw new UsageError('bad-combination', 'standard input cannot be both the context and the Dockerfile');
    const { head, whole } = await begin(stdin);
    if (!isArchive(head)) {
      if (file !== undefined)
        throw new UsageError(
          'bad-combination',
          'with a Dockerfile on standard input there is no context: -f has nothing to name',
        );
      return { dockerfile: { text: await readAll(whole), name: 'Dockerfile' } };
    }
    return fromFolder(await around.unpack(whole), file ?? undefined, true, cwd);
  }
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(path)) {
    throw new BuildError('unsupported', `cannot build from ${path}: contexts over the network are not there yet`, {
      hint: 'clone or download it, and give the folder',
    });
  }
  const context = resolve(cwd, path);
  const found = await stat(context).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT')
      throw new BuildError('bad-option', `unable to prepare context: path "${path}" not found`);
    throw new BuildError('bad-option', `unable to prepare context: ${messageOf(error)}`, { cause: error });
  });
  if (!found.isDirectory())
    throw new BuildError('bad-option', `the build context must be a folder: ${path} is a file`, {
      hint: `containerize build -f ${path} .`,
    });
  if (file === '-') return { dockerfile: { text: await readAll(stdin), name: 'Dockerfile' }, context };
  return fromFolder(context, file, false, cwd);
}

async function fromFolder(
  context: string,
  file: string | undefined,
  inside: boolean,
  cwd: string,
): Promise<ContextArgument> {
  const candidates =
    file === undefined
      ? [join(context, 'Dockerfile'), join(context, 'dockerfile')]
      : [inside ? join(context, join('/', file)) : resolve(cwd, file)];
  for (const path of candidates) {
    const text = await readText(path);
    if (text === undefined) continue;
    return { dockerfile: { text, name: file ?? (inside ? 'Dockerfile' : shownPath(path, cwd)), path }, context };
  }
  const name = file ?? 'Dockerfile';
  const { readdir } = await import('node:fs/promises');
  const there = await readdir(context).catch(() => []);
  const guess = didYouMean(
    name,
    there.filter((entry) => /docker|container/i.test(entry)),
  );
  throw new BuildError('no-dockerfile', `failed to read dockerfile: ${candidates[0]}: no such file${guess}`, {
    hint: 'name it with --file (in a workflow: the input file; in containerize.yml: dockerfile)',
  });
}

/** From the working directory: what is wrong in the file can be found, and marked. Elsewhere its name says enough. */
function shownPath(path: string, cwd: string): string {
  const way = relative(cwd, path);
  return way.startsWith('../') ? basename(path) : way;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > LARGEST)
      throw new BuildError('no-dockerfile', `${path} is larger than ${LARGEST} bytes: that is no Dockerfile`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof BuildError) throw error;
    throw new BuildError('no-dockerfile', `failed to read dockerfile ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** The first bytes of a stream, and the stream with them. */
async function begin(source: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < 512) {
    const next = await iterator.next();
    if (next.done) break;
    const chunk = Buffer.from(next.value as Buffer);
    chunks.push(chunk);
    length += chunk.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      yield Buffer.from(next.value as Buffer);
  }
  return { head: Buffer.concat(chunks), whole: Readable.from(all(), { objectMode: false }) };
}

/** tar, or one of the compressions that tars come in. */
function isArchive(head: Buffer): boolean {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  return (
    starts(0x1f, 0x8b) ||
    starts(0x28, 0xb5, 0x2f, 0xfd) ||
    starts(0x42, 0x5a, 0x68) ||
    starts(0xfd, 0x37, 0x7a, 0x58, 0x5a) ||
    head.subarray(257, 262).toString('latin1') === 'ustar'
  );
}

async function readAll(source: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(Buffer.from(chunk as Buffer));
    length += chunks.at(-1)!.length;
    if (length > LARGEST)
      throw new BuildError('no-dockerfile', `the Dockerfile on standard input is larger than ${LARGEST} bytes`);
  }
  return Buffer.concat(chunks).toString();
}
