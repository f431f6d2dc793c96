import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One thing that goes wrong, for requests that match. Exactly one of the kinds is given. */
export interface Fault {
  method?: string;
  /** Matches the path with its query. */
  path?: RegExp;
  /** How many requests it hits; default 1. */
  times?: number;
  /** Answer without asking the registry. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Break the connection after so many bytes of the answer's body. */
  resetAfter?: number;
  /** Break the connection after so many bytes of the request's body were passed on. */
  resetRequestAfter?: number;
  /** Break the connection when the registry has answered, without telling the client. */
  loseAnswer?: true;
  /** End the answer properly after so many bytes, without announcing a length. */
  truncateAfter?: number;
  /** Announce this length instead of the true one. */
  announce?: number;
  /** Change one byte of the body. */
  corrupt?: true;
  /** Never stop sending. */
  endless?: true;
  /** So many bytes at a time, with pauses. */
  drip?: { bytes: number; everyMs: number };
  /** Send the client to the same path on another server. */
  redirectTo?: string;
  /** Say nothing at all. */
  silent?: true;
  /** Add or replace headers of the true answer. */
  setHeaders?: Record<string, string>;
}

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** Bytes of the request's body that came. */
  received: number;
}

/** A server that passes everything on to a registry, except when told to misbehave. */
export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  host: string;
  url: string;
  seen: SeenRequest[];
  /** Faults hit in the order they were added; a later request gets the next. */
  add(...faults: Fault[]): void;
  /** Faults that were not used up. */
  left(): Fault[];
  close(): Promise<void>;
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const entry: SeenRequest = {
      method: incoming.method!,
      path: incoming.url!,
      headers: incoming.headers,
      received: 0,
    };
    seen.push(entry);
    incoming.on('data', (chunk: Buffer) => {
      entry.received += chunk.length;
    });
    incoming.pause();
    misbehave(take(faults, entry), incoming, outgoing, new URL(upstream));
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  };
  return {
    host,
    url: `http://${host}`,
    seen,
    add: (...more) => void faults.push(...more),
    left: () => faults,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function take(faults: Fault[], { method, path }: SeenRequest): Fault | undefined {
  const index = faults.findIndex(
    (f) => (f.method === undefined || f.method === method) && (f.path === undefined || f.path.test(path)),
  );
  const fault = faults[index];
  if (fault === undefined) return undefined;
  const left = (fault.times ?? 1) - 1;
  if (left === 0) faults.splice(index, 1);
  else faults[index] = { ...fault, times: left };
  return fault;
}

function misbehave(fault: Fault | undefined, incoming: IncomingMessage, outgoing: ServerResponse, upstream: URL): void {
  if (fault?.silent) return void incoming.resume();
  if (fault?.redirectTo !== undefined) {
    incoming.resume();
    outgoing.writeHead(fault.status ?? 307, { location: new URL(incoming.url!, fault.redirectTo).href }).end();
    return;
  }
  if (fault?.status !== undefined) {
    incoming.resume();
    outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  if (fault?.endless) {
    incoming.resume();
    outgoing.writeHead(200, fault.headers);
    const chunk = Buffer.alloc(64 * 1024, 7);
    sendForEver(outgoing, chunk);
    return;
  }
  const passed = request({
    host: upstream.hostname,
    port: upstream.port,
    method: incoming.method!,
    path: incoming.url!,
    headers: incoming.headers,
    agent: false,
  });
  passed.on('error', () => outgoing.destroy());
  let sent = 0;
  incoming.on('data', (chunk: Buffer) => {
    const limit = fault?.resetRequestAfter;
    if (limit !== undefined && sent + chunk.length >= limit) {
      passed.write(chunk.subarray(0, limit - sent), () => {
        passed.destroy();
        incoming.socket.resetAndDestroy();
      });
      incoming.pause();
      return;
    }
    sent += chunk.length;
    if (!passed.write(chunk)) incoming.pause();
  });
  passed.on('drain', () => incoming.resume());
  incoming.on('end', () => passed.end());
  incoming.resume();
  incoming.on('close', () => incoming.complete || passed.destroy());
  passed.on('response', (answer) => relay(fault, answer, outgoing));
}

/** What an endless sender may have in hand: a connection that is broken takes everything and never says "drain". */
const ENDLESS_IN_HAND = 8 * 1024 * 1024;
/** And what it sends altogether: an end for the test whose other side does not stop it. */
const ENDLESS_SENT = 2 * 1024 * 1024 * 1024;

/**
 * Sends as much as the other side takes. In pieces: a connection that is broken says so only when we let the event loop
 * go on.
 */
export function sendForEver(outgoing: ServerResponse, chunk: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 64; i++) {
      if (outgoing.destroyed || outgoing.socket?.destroyed !== false || sent > ENDLESS_SENT) {
        clearInterval(timer);
        outgoing.destroy();
        return;
      }
      if (outgoing.writableLength > ENDLESS_IN_HAND) return;
      outgoing.write(chunk);
      sent += chunk.length;
    }
  }, 1);
  outgoing.on('close', () => clearInterval(timer));
}

function relay(fault: Fault | undefined, answer: IncomingMessage, outgoing: ServerResponse): void {
  if (fault?.loseAnswer) {
    answer.resume();
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const headers = { ...answer.headers, ...fault?.setHeaders };
  if (fault?.truncateAfter !== undefined) delete headers['content-length'];
  if (fault?.announce !== undefined) headers['content-length'] = String(fault.announce);
  outgoing.writeHead(answer.statusCode!, headers);
  let passed = 0;
  answer.on('data', (chunk: Buffer) => {
    let bytes = chunk;
    if (fault?.corrupt && passed === 0 && bytes.length > 0) {
      bytes = Buffer.from(bytes);
      bytes[0] = bytes[0]! ^ 1;
    }
    const limit = fault?.resetAfter ?? fault?.truncateAfter;
    if (limit !== undefined && passed + bytes.length >= limit) {
      outgoing.write(bytes.subarray(0, limit - passed), () => {
        if (fault?.resetAfter === undefined) outgoing.end();
        else outgoing.socket?.resetAndDestroy();
      });
      answer.destroy();
      return;
    }
    passed += bytes.length;
    if (fault?.drip !== undefined) {
      answer.pause();
      void drip(bytes, fault.drip, outgoing).then(() => answer.resume());
    } else if (!outgoing.write(bytes)) {
      answer.pause();
      outgoing.once('drain', () => answer.resume());
    }
  });
  answer.on('end', () => outgoing.end());
}

async function drip(
  bytes: Buffer,
  { bytes: size, everyMs }: NonNullable<Fault['drip']>,
  outgoing: ServerResponse,
): Promise<void> {
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += size) {
    outgoing.write(bytes.subarray(at, at + size));
    await new Promise((next) => setTimeout(next, everyMs));
  }
}
