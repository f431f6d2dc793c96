import { join, resolve } from 'node:path';
import { RegistryServer } from '../../registry/server/server.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { readGivenFile } from '../given-file.ts';

const DEFAULT_LISTEN = '127.0.0.1:5000';

export const command: Command = {
  name: 'registry serve',
  summary: 'Run a registry in this process: push to it, pull from it',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'storage',
      type: 'string',
      placeholder: 'DIR',
      help: 'Where blobs and tags are kept (default: registry/data in --root)',
    },
    {
      name: 'listen',
      type: 'string',
      placeholder: '[HOST]:PORT',
      help: `Where to answer (default ${DEFAULT_LISTEN}); port 0 is any free one`,
    },
    {
      name: 'htpasswd',
      type: 'string',
      placeholder: 'FILE',
      help: 'Ask for users and passwords of this file (htpasswd -B)',
    },
    { name: 'tls-cert', type: 'string', placeholder: 'FILE', help: 'Certificate chain, PEM' },
    { name: 'tls-key', type: 'string', placeholder: 'FILE', help: 'Key of the certificate, PEM' },
    { name: 'read-only', type: 'boolean', help: 'Refuse every change' },
    { name: 'delete', type: 'boolean', help: 'Allow manifests, tags and blobs to be deleted' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Do not print a line for each request' },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize registry serve', 'On this machine only, port 5000'],
    [
      'containerize registry serve --storage /srv/images --listen :443 --htpasswd users --tls-cert chain.pem --tls-key key.pem',
      'For others, with passwords and TLS',
    ],
  ],
  async run(args, { io, signal, cwd, engine }) {
    const { host, port } = parseListen(args.string('listen') ?? DEFAULT_LISTEN);
    const [cert, key] = [args.string('tls-cert'), args.string('tls-key')];
    if ((cert === undefined) !== (key === undefined))
      throw new UsageError('bad-combination', '--tls-cert and --tls-key belong together');
    const given = args.string('storage');
    const storage =
      given === undefined ? join((await engine()).settings.root, 'registry', 'data') : resolve(cwd, given);
    const htpasswd = args.string('htpasswd');
    const server = await RegistryServer.start({
      storage,
      host,
      port,
      ...(htpasswd === undefined ? {} : { htpasswd: resolve(cwd, htpasswd) }),
      ...(cert === undefined || key === undefined
        ? {}
        : {
            tls: {
              cert: await readGivenFile(resolve(cwd, cert), '--tls-cert'),
              key: await readGivenFile(resolve(cwd, key), '--tls-key'),
            },
          }),
      readOnly: args.flag('read-only'),
      delete: args.flag('delete'),
      ...(args.flag('quiet') ? {} : { onRequest: (line: string) => io.stderr.write(`${line}\n`) }),
    });
    io.stdout.write(`registry listening on ${server.url}, storage ${storage}\n`);
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', () => done(), { once: true });
    });
    await server.close();
    return 0;
  },
};

/** `:5000` is every address of the machine, as everywhere else. */
function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535)
    throw new UsageError('bad-value', `--listen: expected [HOST]:PORT, found "${text}"`);
  const host = match[1] === undefined ? '127.0.0.1' : match[1] === '' ? '0.0.0.0' : match[1].replace(/^\[|\]$/g, '');
  return { host, port };
}
