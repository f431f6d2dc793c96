import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryServer, type RegistryServerOptions } from '../../src/registry/server/server.ts';
import { makeScratch } from './make-scratch.ts';

/** An embedded registry on a free port of 127.0.0.1, with its own folder. */
export interface TestRegistry extends AsyncDisposable {
  server: RegistryServer;
  /** `127.0.0.1:PORT`, to put before a repository. */
  host: string;
  url: string;
  storage: string;
  /** Requests seen: `GET /v2/app/tags/list 200`. */
  requests: string[];
  close(): Promise<void>;
}

/** Starts it: `await using registry = await startRegistry()`, or call `close()`. */
export async function startRegistry(options: Partial<RegistryServerOptions> = {}): Promise<TestRegistry> {
  const folder = makeScratch('registry');
  const requests: string[] = [];
  const storage = options.storage ?? join(folder, 'storage');
  const server = await RegistryServer.start({
    delete: true,
    durable: false,
    onRequest: (line) => requests.push(line),
    ...options,
    storage,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { server, host: server.host, url: server.url, storage, requests, close, [Symbol.asyncDispose]: close };
}
