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
  import('./main.ts').then(
    (loaded) => loaded.main(process.argv.slice(2)),
    (error) => {
      fail(
        `containerize could not load its own code: ${String(error)}`,
        'install it again: a file of it is missing or damaged',
      );
    },
  );
}

function fail(message: string, hint: string) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = 1;
}
