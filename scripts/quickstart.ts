/**
 * `npm run quickstart`: one real project through the whole engine on this machine: base image, build, run with limits,
 * ask it, push to a registry, change one file and build again, release, break a release and roll it back. Prints what it did, with times. Its state is in
 * `build/quickstart`, so that a second start finds the base image there; `-- --clean` begins from nothing.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = resolve(import.meta.dirname, '..');
const STATE = join(PROJECT, 'build/quickstart');
const CLI = join(PROJECT, 'dist/cli.js');
const CA = '/etc/ssl/certs/ca-certificates.crt';
const env = { ...process.env, CONTAINERIZE_ROOT: join(STATE, 'root'), CONTAINERIZE_RUN: join(STATE, 'run') };
const told: [what: string, seconds: number][] = [];
const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);

/** Runs one command of ours, its output on the terminal (or given back); ends the quickstart when it fails. */
function containerize(
  args: readonly string[],
  options: { capture?: boolean; allowFailure?: boolean } = {},
): { code: number; stdout: string; ms: number } {
  console.log(bold(`\n$ containerize ${args.map((a) => (/[^\w@%+=:,./-]/.test(a) ? `'${a}'` : a)).join(' ')}`));
  const start = performance.now();
  const run = spawnSync(process.execPath, [CLI, ...args], {
    env,
    encoding: 'utf8',
    stdio: [
      'inherit',
      options.capture ? 'pipe' : options.allowFailure ? 'ignore' : 'inherit',
      options.allowFailure ? 'ignore' : 'inherit',
    ],
    maxBuffer: 1 << 28,
  });
  const ms = performance.now() - start;
  if (run.status !== 0 && !options.allowFailure)
    throw new Error(`containerize ${args[0]} ended with exit code ${run.status}`);
  if (options.capture && run.stdout) process.stdout.write(run.stdout);
  return { code: run.status ?? 1, stdout: run.stdout ?? '', ms };
}

async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  console.log(bold(`\n── ${what}`));
  const start = performance.now();
  const result = await work();
  told.push([what, (performance.now() - start) / 1000]);
  return result;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(url: string, tries = 100): Promise<string> {
  for (let i = 0; ; i++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return await answer.text();
    if (i >= tries) throw new Error(`${url} did not answer`);
    await sleep(100);
  }
}

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`expected: ${what}`);
  console.log(`✓ ${what}`);
}

async function main(registry: { process?: ChildProcess }): Promise<void> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const image = `${host}/examples/web-service`;

  await step('start a registry', async () => {
    console.log(bold(`$ containerize registry serve --listen ${host} --storage build/quickstart/registry &`));
    registry.process = spawn(
      process.execPath,
      [CLI, 'registry', 'serve', '--listen', host, '--storage', join(STATE, 'registry')],
      { env, stdio: ['ignore', 'ignore', 'ignore'] },
    );
    await answers(`http://${host}/v2/`);
  });

  await step('get the base image', () => {
    if (containerize(['image', 'inspect', 'debian:bookworm-slim'], { capture: false, allowFailure: true }).code === 0)
      return console.log('it is in the store already');
    if (containerize(['pull', '--quiet', 'debian:bookworm-slim'], { allowFailure: true }).code === 0) return;
    console.log('no registry can be reached: making it from Debian packages');
    const made = spawnSync(join(PROJECT, 'scripts/base-images'), ['debian'], { env, stdio: 'inherit' });
    if (made.status !== 0) throw new Error('the base image could not be made');
  });

  const project = join(STATE, 'web-service');
  rmSync(project, { recursive: true, force: true });
  cpSync(join(PROJECT, 'workflows-examples/web-service'), project, { recursive: true });
  // Behind a proxy that inspects TLS, pip needs the machine's certificates.
  const build = (tag: string, ...more: string[]) =>
    containerize([
      'build',
      '--progress',
      'plain',
      '--tag',
      `${image}:${tag}`,
      ...(existsSync(CA) ? ['--secret', `id=ca,src=${CA}`] : []),
      ...more,
      project,
    ]);

  await step('build the image', () => build('1'));
  await step('run its tests (the Dockerfile’s own target)', () =>
    containerize([
      'build',
      '--progress',
      'plain',
      '--target',
      'test',
      ...(existsSync(CA) ? ['--secret', `id=ca,src=${CA}`] : []),
      project,
    ]),
  );

  const name = 'quickstart-web';
  const servicePort = await freePort();
  await step('run it isolated, with limits', async () => {
    containerize(['rm', '--force', name], { allowFailure: true });
    containerize([
      'run',
      '--detach',
      '--name',
      name,
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--memory',
      '128m',
      '--pids-limit',
      '64',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--env',
      `PORT=${servicePort}`,
      `${image}:1`,
    ]);
    const answer = JSON.parse(await answers(`http://127.0.0.1:${servicePort}/hello/world`)) as {
      message: string;
      uid: number;
    };
    console.log(answer);
    expect('the service answers', answer.message === 'hello, world!');
    expect('it does not run as root', answer.uid === 10001);
    containerize(['exec', name, '/venv/bin/python', '-m', 'app.health']);
    containerize(['stop', '--time', '2', name]);
    containerize(['rm', name]);
  });

  await step('push it', () => containerize(['push', `${image}:1`]));

  const again = await step('change one file and build again', () => {
    const file = join(project, 'app/greeting.py');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"hello"', '"good morning"'));
    return build('2', '--explain-cache', '--push');
  });

  const tags = (await (await fetch(`http://${host}/v2/examples/web-service/tags/list`)).json()) as { tags: string[] };
  expect('the registry has both tags', tags.tags.sort().join() === '1,2');

  const smoke = ['--smoke', "/venv/bin/python -c 'import app.greeting'"];
  const live = async (): Promise<string | null> => {
    const accept = 'application/vnd.oci.image.manifest.v1+json,application/vnd.oci.image.index.v1+json';
    const url = `http://${host}/v2/examples/web-service/manifests/production`;
    return (await fetch(url, { method: 'HEAD', headers: { accept } })).headers.get('docker-content-digest');
  };
  await step('release both, one after the other', async () => {
    containerize(['release', `${image}:1`, '--channel', 'production', ...smoke]);
    containerize(['release', `${image}:2`, '--channel', 'production', ...smoke]);
  });
  const good = await live();
  await step('a release that does not start is stopped by its smoke run; without one it goes live', () => {
    writeFileSync(join(project, 'app/greeting.py'), 'raise SystemExit("broken on purpose")\n');
    build('3', '--push');
    const refused = containerize(['release', `${image}:3`, '--channel', 'production', ...smoke], {
      allowFailure: true,
    });
    expect('the smoke run stopped it', refused.code === 1);
    containerize(['release', `${image}:3`, '--channel', 'production']);
  });
  await step('roll it back', async () => {
    expect('the broken one is live', (await live()) !== good);
    containerize(['rollback', `${image}:production`, ...smoke]);
    expect('the one before is live again', (await live()) === good);
    containerize(['releases', `${image}:production`]);
  });
  console.log(bold('\nWhat was done'));
  for (const [what, seconds] of told) console.log(`${seconds.toFixed(2).padStart(9)} s  ${what}`);
  console.log(
    `\nThe second build took ${(again.ms / 1000).toFixed(2)} s. State is in build/quickstart; remove it with: npm run quickstart -- --clean-only`,
  );
}

/** With sudo the engine's state belongs to root. */
function removeState(): void {
  try {
    rmSync(STATE, { recursive: true, force: true });
  } catch {
    spawnSync('sudo', ['-n', 'rm', '-rf', '--', STATE], { stdio: 'inherit' });
  }
}

const clean = process.argv.includes('--clean') || process.argv.includes('--clean-only');
if (clean) removeState();
if (!process.argv.includes('--clean-only')) {
  mkdirSync(STATE, { recursive: true });
  const registry: { process?: ChildProcess } = {};
  try {
    await main(registry);
  } catch (error) {
    console.error(`\nquickstart: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    registry.process?.kill('SIGTERM');
  }
}
