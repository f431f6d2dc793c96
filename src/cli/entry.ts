// What starts first. Everything here must parse on any Node that knows modules, so that an old one is told, not broken:
// no `?.`, no `??`, no top-level await, and no static import of anything else of ours.
import { readFileSync } from 'node:fs';

const wanted = [22, 22];
const found = process.versions.node.split('.').map(Number);
const major = found[0] as number;
const minor = found[1] as number;

if (process.platform !== 'linux') {
  fail(
    `containerize needs Linux, and this is ${process.platform}`,
    'containers are a feature of the Linux kernel: run it in a Linux virtual machine, in WSL 2, or on a Linux CI runner',
  );
} else if (major < (wanted[0] as number) || (major === wanted[0] && minor < (wanted[1] as number))) {
  fail(
    `containerize needs Node.js ${wanted.join('.')} or newer, and this is ${process.versions.node}`,
    'install a current Node.js from https://nodejs.org/, or use the version manager that installed this one',
  );
} else {
  start().then(undefined, (error) => {
    fail(
      `containerize could not load its own code: ${String(error)}`,
      'install it again: a file of it is missing or damaged',
    );
  });
}

/** Node tells that it experiments with what loads our bundle: nothing that a user of ours could do anything about. */
function hideExperiments() {
  const emit = process.emitWarning;
  process.emitWarning = function emitWarning(...args: unknown[]) {
    const kind = args[1] as { type?: string } | string | undefined;
    const type = typeof kind === 'object' && kind !== null ? kind.type : kind;
    if (type !== 'ExperimentalWarning') Reflect.apply(emit, process, args);
  };
}

/**
 * Node takes `--env-file` for itself wherever it stands, and its names into our environment; the file is a container's.
 * What the kernel was told at the start is ours.
 */
function forgetEnvironmentFiles() {
  if (!process.argv.some((word) => /^--env-file(?:-if-exists)?(?:=|$)/.test(word))) return;
  const own = new Set(
    readFileSync('/proc/self/environ', 'latin1')
      .split('\0')
      .map((entry) => entry.slice(0, entry.indexOf('='))),
  );
  for (const name of Object.keys(process.env))
    if (!own.has(Buffer.from(name).toString('latin1'))) delete process.env[name];
}

async function start() {
  hideExperiments();
  forgetEnvironmentFiles();
  const { loadMain } = await import('./load-main.ts');
  const { main } = await loadMain(cacheFolder());
  await main(process.argv.slice(2));
}

/** Where compiled code is kept between runs: a folder that nobody else writes to, because what lies there is run. */
function cacheFolder() {
  const env = process.env;
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const uid = process.getuid === undefined ? 0 : process.getuid();
  if (uid === 0) return `/var/cache/containerize/code/${part()}`;
  if (!env.XDG_CACHE_HOME && !env.HOME) return undefined;
  return `${env.XDG_CACHE_HOME || `${env.HOME}/.cache`}/containerize/code/${part()}`;
}

/** What is kept is what the first run used: commands that should be fast have a folder of their own. */
function part() {
  const fast = ['run', 'build', 'exec', 'pull', 'push', 'oci', 'engine'];
  return process.argv.slice(2).find((word) => fast.includes(word)) || 'other';
}

function fail(message: string, hint: string) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = 69; // EX_UNAVAILABLE, see exit-code.ts
}
