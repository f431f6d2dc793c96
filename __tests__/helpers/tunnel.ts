import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';

/** A host of the outside world, played on this machine: an HTTPS server behind a proxy that leads there. */
export interface PlayedHost extends AsyncDisposable {
  /** For HTTPS_PROXY. */
  proxy: string;
  /** File for NODE_EXTRA_CA_CERTS. */
  authority: string;
  /** Hosts that were asked for, `ghcr.io:443`. */
  asked: string[];
}

/** Plays `host` with this listener; a proxy answers CONNECT with a way to it, whatever host is asked for. */
export async function playHost(host: string, folder: string, listener: RequestListener): Promise<PlayedHost> {
  const [key, authority] = [join(folder, 'played.key'), join(folder, 'played.crt')];
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';
  execFileSync(
    'openssl',
    [
      ...words.split(' '),
      '-subj',
      `/CN=${host}`,
      '-addext',
      `subjectAltName=DNS:${host}`,
      '-keyout',
      key,
      '-out',
      authority,
    ],
    { stdio: 'ignore' },
  );
  const server = createHttps({ key: await readFile(key), cert: await readFile(authority) }, listener);
  const proxy = createHttp();
  const asked: string[] = [];
  const listen = async (one: typeof server | typeof proxy): Promise<number> => {
    await new Promise<void>((ready) => one.listen(0, '127.0.0.1', ready));
    return (one.address() as AddressInfo).port;
  };
  const port = await listen(server);
  proxy.on('connect', (request, socket) => {
    asked.push(request.url!);
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    for (const end of [through, socket]) end.on('error', () => [through, socket].map((one) => one.destroy()));
  });
  const sockets = new Set<{ destroy(): unknown }>();
  for (const one of [server, proxy]) one.on('connection', (socket) => sockets.add(socket));
  return {
    proxy: `http://127.0.0.1:${await listen(proxy)}`,
    authority,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, proxy].map((one) => new Promise((done) => one.close(done))));
    },
  };
}
