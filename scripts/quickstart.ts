/**
 * `npm run quickstart`: one real project through the whole tool on this machine: base image, the pipeline of its
 * containerize.yml (build, test, push, release), run with limits, the same after a change, a change that its tests
 * refuse, a broken release and the way back. Prints what it did, with times. Its state is in `build/quickstart`, so that
 * a second start finds the base image there; `-- --clean` begins from nothing.
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
  options: { capture?: boolean; allowFailure?: boolean; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): { code: number; stdout: string; ms: number } {
  const variables = Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value} `);
  const words = args.map((a) => (/[^\w@%+=:,./-]/.test(a) ? `'${a.replaceAll("'", "'\\''")}'` : a));
  console.log(bold(`\n$ ${variables.join('')}containerize ${words.join(' ')}`));
  const start = performance.now();
  const run = spawnSync(process.execPath, [CLI, ...args], {
    env: { ...env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
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
    // what an earlier quickstart released would be live
    rmSync(join(STATE, 'registry'), { recursive: true, force: true });
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
  const change = (file: string, edit: (text: string) => string): void =>
    writeFileSync(join(project, file), edit(readFileSync(join(project, file), 'utf8')));
  /** The pipeline of the project's containerize.yml: build, test, push, release. */
  const ci = (version: string, options: { allowFailure?: boolean } = {}) =>
    containerize(['ci', '--progress', 'plain'], {
      ...options,
      cwd: project,
      // behind a proxy that inspects TLS, pip needs the machine's certificates
      env: { REGISTRY: host, VERSION: version, ...(existsSync(CA) ? { CA_FILE: CA } : {}) },
    });
  const digestOf = async (tag: string): Promise<string | null> => {
    const accept = 'application/vnd.oci.image.manifest.v1+json,application/vnd.oci.image.index.v1+json';
    const url = `http://${host}/v2/examples/web-service/manifests/${tag}`;
    return (await fetch(url, { method: 'HEAD', headers: { accept } })).headers.get('docker-content-digest');
  };

  await step('the pipeline: build, test, push, release', async () => {
    console.log(readFileSync(join(project, 'containerize.yml'), 'utf8'));
    ci('1.0.0');
    expect('what was tested is live', (await digestOf('production')) === (await digestOf('1.0.0')));
  });

  const name = 'quickstart-web';
  const serve = async (image: string): Promise<{ message: string; uid: number } | undefined> => {
    const servicePort = await freePort();
    containerize(['rm', '--force', name], { allowFailure: true });
    const limits =
      '--read-only --tmpfs /tmp --memory 128m --pids-limit 64 --cap-drop ALL --security-opt no-new-privileges';
    containerize([
      'run',
      '--detach',
      '--pull',
      'always',
      '--name',
      name,
      ...limits.split(' '),
      '--env',
      `PORT=${servicePort}`,
      image,
    ]);
    const answer = await answers(`http://127.0.0.1:${servicePort}/hello/world`, 25).catch(() => undefined);
    return answer === undefined ? undefined : (JSON.parse(answer) as { message: string; uid: number });
  };
  const stop = (): void => {
    containerize(['stop', '--time', '2', name]);
    containerize(['rm', name]);
  };
  await step('run it isolated, with limits', async () => {
    const answer = await serve(`${image}:production`);
    console.log(answer);
    expect('the service answers', answer?.message === 'hello, world!');
    expect('it does not run as root', answer?.uid === 10001);
    containerize(['exec', name, '/venv/bin/python', '-m', 'app.health']);
    stop();
  });

  const again = await step('change one file: the same again', () => {
    change('app/greeting.py', (text) => text.replace('"hello"', '"good morning"'));
    return ci('1.1.0');
  });
  const good = await digestOf('production');
  expect('the new one is live', good === (await digestOf('1.1.0')));

  await step('a change that its tests refuse: nothing is pushed', async () => {
    const whole = readFileSync(join(project, 'app/greeting.py'));
    writeFileSync(join(project, 'app/greeting.py'), 'raise SystemExit("broken on purpose")\n');
    expect('its tests stopped it', ci('1.2.0', { allowFailure: true }).code === 1);
    expect(
      'there is no 1.2.0, and what was live is live',
      (await digestOf('1.2.0')) === null && (await digestOf('production')) === good,
    );
    writeFileSync(join(project, 'app/greeting.py'), whole);
  });

  await step('a mistake that no test sees goes live', async () => {
    change('app/__main__.py', (text) => `import app.not_there  # broken on purpose\n${text}`);
    ci('1.3.0');
    expect('the broken one is live, and does not answer', (await serve(`${image}:production`)) === undefined);
    containerize(['logs', '--tail', '2', name]);
    containerize(['rm', '--force', name]);
  });

  await step('roll it back', async () => {
    containerize(['rollback', `${image}:production`, '--smoke', "/venv/bin/python -c 'import app.greeting'"]);
    expect('the one before is live again', (await digestOf('production')) === good);
    expect('it answers', (await serve(`${image}:production`))?.message === 'good morning, world!');
    stop();
    containerize(['releases', `${image}:production`]);
  });
  console.log(bold('\nWhat was done'));
  for (const [what, seconds] of told) console.log(`${seconds.toFixed(2).padStart(9)} s  ${what}`);
  console.log(
    `\nThe second pipeline took ${(again.ms / 1000).toFixed(2)} s. State is in build/quickstart; remove it with: npm run quickstart -- --clean-only`,
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
