import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeScratch } from './make-scratch.ts';
import { until } from './until.ts';

/** Whether Debian's package docker-registry is installed. */
export const hasDebianRegistry = existsSync('/usr/bin/docker-registry');

export interface DebianRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  host: string;
  close(): Promise<void>;
}

/** The registry that many others are made of (CNCF distribution), as Debian packs it, on a free port. */
export async function startDebianRegistry(): Promise<DebianRegistry> {
  const folder = makeScratch('debian-registry');
  const port = await freePort();
  const lines = [
    'version: 0.1',
    'log: {level: error}',
    'storage:',
    `  filesystem: {rootdirectory: ${folder}/storage}`,
    '  delete: {enabled: true}',
    'http:',
    `  addr: 127.0.0.1:${port}`,
  ];
  await writeFile(join(folder, 'config.yml'), `${lines.join('\n')}\n`);
  const child: ChildProcess = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  await until(async () => (await fetch(`http://${host}/v2/`).catch(() => undefined)) !== undefined, 10_000);
  return { host, close, [Symbol.asyncDispose]: close };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
