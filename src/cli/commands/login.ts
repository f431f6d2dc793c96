import { DEFAULT_REGISTRY } from '../../oci/reference.ts';
import { onlyFor } from '../../registry/client.ts';
import type { Credential } from '../../registry/credentials.ts';
import { parseServerName } from '../../registry/server-name.ts';
import { UsageError } from '../arguments.ts';
import { ask, readStdin } from '../ask.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';

/** Longer than any token. */
const MAX_PASSWORD = 256 * 1024;

export const command: Command = {
  name: 'login',
  summary: 'Log in to a registry',
  usage: '[OPTIONS] [SERVER]',
  options: [
    { name: 'username', short: 'u', type: 'string', placeholder: 'NAME', help: 'User name' },
    {
      name: 'password',
      short: 'p',
      type: 'string',
      placeholder: 'PASSWORD',
      help: 'Password or token; visible to other users of the machine: better --password-stdin',
    },
    { name: 'password-stdin', type: 'boolean', help: 'Read the password from standard input' },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { max: 1 },
  examples: [
    ['echo "$GITHUB_TOKEN" | containerize login ghcr.io -u "$GITHUB_ACTOR" --password-stdin', 'In a workflow'],
    ['containerize login', 'To Docker Hub, asking for name and password'],
  ],
  async run(args, context) {
    const { io, signal } = context;
    const registry = parseServerName(args.positional[0]);
    const engine = await context.engine();
    const store = await engine.credentials();
    const flags = registryFlags(args);
    if (args.string('password') !== undefined)
      io.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    if (
      args.string('username') === undefined &&
      !args.flag('password-stdin') &&
      args.string('password') === undefined
    ) {
      const kept = await store.get(registry);
      if (kept !== undefined) {
        io.stderr.write('Authenticating with existing credentials...\n');
        try {
          await (await engine.registryAs(onlyFor(registry, kept), flags)).checkLogin(registry, { signal });
          io.stdout.write('Login Succeeded\n');
          return 0;
        } catch (error) {
          signal.throwIfAborted();
          if (!io.isTerminal.stdin) throw error;
          io.stderr.write(`Login did not succeed: ${error instanceof Error ? error.message : error}\n`);
        }
      }
    }
    const credential = await credentialFrom(args, context, registry);
    await (await engine.registryAs(onlyFor(registry, credential), flags)).checkLogin(registry, { signal });
    const { helper } = await store.store(registry, credential);
    if (helper === undefined) {
      io.stderr.write(
        `WARNING! Your password is stored unencrypted in ${store.path}.\nA credential helper (credsStore in that file) keeps it in a safer place.\n`,
      );
    }
    io.stdout.write('Login Succeeded\n');
    return 0;
  },
};

async function credentialFrom(args: Arguments, { io }: CommandContext, registry: string): Promise<Credential> {
  let username = args.string('username');
  let password = args.string('password');
  if (args.flag('password-stdin')) {
    if (password !== undefined)
      throw new UsageError('bad-combination', '--password and --password-stdin are mutually exclusive');
    if (username === undefined || username === '')
      throw new UsageError('bad-combination', 'Must provide --username with --password-stdin');
    // The newline that echo and files end with is no part of a password.
    password = (await readStdin(io, MAX_PASSWORD)).replace(/\r?\n$/, '');
  }
  if (username === undefined || password === undefined) {
    if (!io.isTerminal.stdin) {
      throw new UsageError('bad-combination', 'Cannot perform an interactive login from a non TTY device', {
        hint: 'give --username and --password-stdin',
      });
    }
    const where = registry === DEFAULT_REGISTRY ? 'Docker Hub' : registry;
    username ??= (await ask(io, `Username for ${where}: `))?.trim();
    if (username !== undefined && username !== '') password ??= await ask(io, 'Password: ', { secret: true });
  }
  if (username === undefined || username === '') throw new UsageError('missing-value', 'username is empty');
  if (password === undefined || password === '') throw new UsageError('missing-value', 'password is empty');
  return { username, password };
}
