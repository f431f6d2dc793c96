// What starts first. Everything here must parse on any Node that knows modules, so that an old one is told, not broken:
// no `?.`, no `??`, no top-level await, and no static import of anything else of ours.
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

/** Compiled code is kept between runs, which saves half of the start; it must be on before anything else is loaded. */
async function start() {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(cacheFolder());
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
}

/** A folder of the user's own: Node's default lies in /tmp, where anybody may put code that we would then run. */
function cacheFolder() {
  const env = process.env;
  if (env.NODE_COMPILE_CACHE !== undefined) return env.NODE_COMPILE_CACHE;
  const uid = process.getuid === undefined ? 0 : process.getuid();
  if (uid === 0) return `/var/cache/containerize/node/${part()}`;
  if (!env.XDG_CACHE_HOME && !env.HOME) return undefined;
  return `${env.XDG_CACHE_HOME || `${env.HOME}/.cache`}/containerize/node/${part()}`;
}

/** Node keeps the functions that the first run used, and never adds to them: commands that should be fast have a cache of their own. */
function part() {
  const fast = ['run', 'build', 'exec', 'oci', 'engine'];
  return process.argv.slice(2).find((word) => fast.includes(word)) || 'other';
}

function fail(message: string, hint: string) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = 1;
}
