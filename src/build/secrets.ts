import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { BuildError } from './error.ts';

/** Where a secret's bytes are: `--secret id=…,src=FILE` or `env=NAME`. The door resolves paths and reads variables. */
export type SecretSource = { file: string } | { value: Uint8Array };

/** Largest secret, as in BuildKit: it is a password, not a file system. */
const LARGEST = 512 * 1024;

/** A build's secrets. Each is read when a step first asks for it; none is ever part of a key, a layer or a message. */
export class Secrets {
  readonly #sources: ReadonlyMap<string, SecretSource>;
  readonly #read = new Map<string, Promise<Buffer>>();

  constructor(sources: ReadonlyMap<string, SecretSource> = new Map()) {
    this.#sources = sources;
  }

  ids(): string[] {
    return [...this.#sources.keys()];
  }

  /** Undefined when the user gave no such secret. */
  async get(id: string): Promise<Buffer | undefined> {
    const source = this.#sources.get(id);
    if (source === undefined) return undefined;
    const reading = this.#read.get(id) ?? readSecret(id, source);
    this.#read.set(id, reading);
    return reading;
  }
}

async function readSecret(id: string, source: SecretSource): Promise<Buffer> {
  if ('value' in source) return checked(id, Buffer.from(source.value));
  try {
    return checked(id, await readFile(source.file));
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new BuildError('missing-secret', `secret "${id}": cannot read ${source.file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function checked(id: string, bytes: Buffer): Buffer {
  if (bytes.byteLength <= LARGEST) return bytes;
  throw new BuildError(
    'missing-secret',
    `secret "${id}" is ${bytes.byteLength} bytes, more than the ${LARGEST} that a secret may have`,
  );
}
