import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ContainerizeError, codeOf, messageOf } from '../../errors.ts';
import { type Lock, lockOwners, tryLock } from '../../locks.ts';
import { ApiError } from './error.ts';
import { Handlers } from './handlers.ts';
import { Htpasswd } from './htpasswd.ts';
import { parseRoute } from './route.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

export class RegistryServerError extends ContainerizeError<'cannot-listen' | 'cannot-write' | 'in-use'> {}

export interface RegistryServerOptions {
  /** Folder of the blobs and tags; made when missing. */
  storage: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0: any free port. */
  port?: number;
  /** Path of an htpasswd file: everybody must log in. */
  htpasswd?: string;
  /** PEM certificate chain and key. */
  tls?: { cert: string; key: string };
  readOnly?: boolean;
  /** Allow DELETE of manifests, tags and blobs. */
  delete?: boolean;
  /** fsync what was pushed before saying so. Default true. */
  durable?: boolean;
  /** One line for each request, without secrets. */
  onRequest?: (line: string) => void;
}

const SWEEP_EVERY_MS = 3600 * 1000;
/** How long the rest of a refused body is listened to. */
const DROP_MS = 10_000;

/** The embedded registry: distribution-spec 1.1 over a folder. */
export class RegistryServer {
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #sweeper: NodeJS.Timeout;

  readonly #lock: Lock | undefined;

  private constructor(server: Server, secure: boolean, sweeper: NodeJS.Timeout, lock: Lock | undefined) {
    this.#lock = lock;
    this.#server = server;
    this.#secure = secure;
    this.#sweeper = sweeper;
  }

  static async start(options: RegistryServerOptions): Promise<RegistryServer> {
    const lock = options.readOnly ? undefined : await claim(options.storage);
    try {
      return await RegistryServer.#serve(options, lock);
    } catch (error) {
      await lock?.release();
      throw error;
    }
  }

  static async #serve(options: RegistryServerOptions, lock: Lock | undefined): Promise<RegistryServer> {
    const storage = await Storage.open(options.storage, { durable: options.durable ?? true });
    const users = options.htpasswd === undefined ? undefined : await Htpasswd.open(options.htpasswd);
    const uploads = new Uploads(storage);
    await uploads.expire();
    const handlers = new Handlers(storage, uploads, { write: !options.readOnly, delete: options.delete === true });
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const { onRequest } = options;
      if (onRequest !== undefined) tellWhenDone(request, response, onRequest);
      answer(request, response, handlers, users).catch(() => response.destroy());
    };
    // A blob may take hours on a slow line: no limit on a whole request, only on its head.
    const limits = { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 75_000, highWaterMark: 256 * 1024 };
    const server =
      options.tls === undefined
        ? createServer(limits, listener)
        : createTlsServer({ ...limits, ...options.tls }, listener);
    await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
    const sweeper = setInterval(() => uploads.expire().catch(() => {}), SWEEP_EVERY_MS);
    sweeper.unref();
    return new RegistryServer(server, options.tls !== undefined, sweeper, lock);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `127.0.0.1:5000`: what stands before the repository in an image's name. */
  get host(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  get url(): string {
    return `${this.#secure ? 'https' : 'http'}://${this.host}`;
  }

  /** Stops at once; unfinished uploads stay on disk and can be continued. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await new Promise<void>((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
    await this.#lock?.release();
  }
}

/** One writer a folder: whether a blob may be removed while somebody links it is known inside one process only. */
async function claim(storage: string): Promise<Lock> {
  const path = join(storage, 'lock');
  const lock = await tryLock(path, 'exclusive').catch((cause: unknown) => {
    throw new RegistryServerError('cannot-write', `cannot keep images in ${storage}`, {
      cause,
      hint: 'name another folder with --storage, or serve an existing one read-only',
    });
  });
  if (lock !== undefined) return lock;
  const owner = lockOwners(path)[0];
  throw new RegistryServerError(
    'in-use',
    `${storage}: another registry${owner === undefined ? '' : ` (process ${owner.pid})`} serves this folder`,
    { hint: 'stop that one, name another folder, or serve it read-only beside the other' },
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: Handlers,
  users: Htpasswd | undefined,
): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  response.setHeader('x-content-type-options', 'nosniff');
  try {
    if (users !== undefined && (await users.authenticate(request.headers.authorization)) === undefined) {
      throw new ApiError('UNAUTHORIZED', 'authentication required', {
        headers: { 'www-authenticate': 'Basic realm="containerize registry", charset="UTF-8"' },
      });
    }
    const url = parseTarget(request.url ?? '/');
    const route = parseRoute(url.path);
    if (route === undefined) throw new ApiError('UNSUPPORTED', 'no such end point', { status: 404 });
    await handlers.handle({ request, response, query: url.query, route });
  } catch (error) {
    refuse(request, response, error);
  }
  if (!request.complete && !request.destroyed) throwAway(request);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || (request.destroyed && !request.complete)) {
    response.destroy();
    return;
  }
  const full = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
  const api =
    error instanceof ApiError
      ? error
      : new ApiError(
          'UNKNOWN',
          full ? 'the registry has no space left' : messageOf(error),
          full ? { status: 507 } : {},
        );
  const body = Buffer.from(api.body());
  response.writeHead(api.status, {
    ...api.headers,
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** One line when the answer has left, or its connection has. */
function tellWhenDone(request: IncomingMessage, response: ServerResponse, tell: (line: string) => void): void {
  let told = false;
  const once = (): void => {
    if (told) return;
    told = true;
    tell(`${request.method} ${request.url?.split('?')[0]} ${response.statusCode}`);
  };
  response.on('finish', once);
  response.on('close', once);
}

/**
 * What a client still sends of a body that was refused is read and dropped, because closing now could take the answer away
 * from it; who goes on for long is cut off.
 */
function throwAway(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), DROP_MS);
  timer.unref();
  request.on('close', () => clearTimeout(timer));
  request.resume();
}

function parseTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    throw new ApiError('NAME_INVALID', 'the path is not valid percent-encoding');
  }
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const busy = codeOf(error) === 'EADDRINUSE';
      reject(
        new RegistryServerError(
          'cannot-listen',
          `cannot listen on ${host}:${port}: ${busy ? 'another program does' : error.message}`,
          { cause: error, hint: busy ? 'choose another port with --listen' : undefined },
        ),
      );
    });
    server.listen(port, host, () => resolve());
  });
}
