/**
 * `npm run build`: bundles and the helper into `dist/` (or `--out DIR`). Everything in `dist/` comes from here.
 * `--no-helper` leaves the C part out, for a machine without the cross compiler.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type BuildOptions } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') }, 'no-helper': { type: 'boolean', default: false } } });
const out = resolve(values.out);

/** ESM bundles need a `require` for the CommonJS packages inside them. */
const REQUIRE = "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** The helper's binaries survive: they are rebuilt by make, which knows whether they are stale. */
function clean(): void {
  for (const name of ['cli', 'cli.js', 'index.js', 'types', 'oci.js', 'action']) rmSync(join(out, name), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
}

async function bundle(): Promise<void> {
  // One chunk per command, so that `run` does not parse what only `build` needs.
  await build({ ...common, entryPoints: { main: 'src/cli/main.ts', worker: 'src/layer/gzip-worker.ts' }.worker && existsSync(join(ROOT, 'src/layer/gzip-worker.ts')) ? ['src/cli/main.ts', 'src/layer/gzip-worker.ts'] : ['src/cli/main.ts'], outdir: join(out, 'cli'), outbase: 'src/cli', splitting: true, chunkNames: '[name]-[hash]', banner: { js: REQUIRE } });
  await build({ ...common, entryPoints: ['src/cli/entry.ts'], outfile: join(out, 'cli.js'), bundle: false, target: 'es2015', banner: { js: '#!/usr/bin/env node' } });
  await build({ ...common, entryPoints: ['src/index.ts'], outfile: join(out, 'index.js'), banner: { js: REQUIRE } });
  chmodSync(join(out, 'cli.js'), 0o755);
}

function helper(): void {
  for (const arch of ['x64', 'arm64']) {
    execFileSync('make', ['-s', '-C', join(ROOT, 'native'), `DIST=${join(out, 'helper')}`, arch], { stdio: 'inherit' });
  }
}

clean();
await bundle();
if (!values['no-helper']) helper();
void [copyFileSync, cpSync, writeFileSync];
