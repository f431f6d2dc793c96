/**
 * `npm run build`: bundles, type declarations and the helper into `dist/` (or `--out DIR`). Everything in `dist/` comes
 * from here. `--no-helper` leaves the C part as it is, for a machine without the cross compiler; `--no-types` leaves out the
 * declarations, which the bundles do not need.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { compilers } from './compiler.ts';

const ROOT = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'dist') },
    'no-helper': { type: 'boolean', default: false },
    'no-types': { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node22',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Everything goes but the helper's binaries: make knows whether they are stale. */
function clean(): void {
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (name !== 'helper') rmSync(join(out, name), { recursive: true, force: true });
}

/** Big packages that few commands need, or that several bundles share: files of their own, loaded when they are asked for. */
const VENDORED: Readonly<Record<string, string>> = {
  '@actions/cache': 'actions-cache',
  octokit: 'octokit',
  // what @actions/http-client, and with it every other package of theirs, brings along
  undici: 'undici',
};

/** Names the files of VENDORED as seen from a bundle in `folder` of `dist/`; `own` is what that bundle is made of. */
function vendored(folder: string, own?: string): Plugin {
  return {
    name: 'vendored',
    setup: (b) =>
      b.onResolve({ filter: /^(@actions\/cache|octokit|undici)$/ }, ({ path }) =>
        path === own
          ? undefined
          : {
              path: `${relative(folder, 'vendor') || '.'}/${VENDORED[path]}.cjs`.replace(/^(?!\.)/, './'),
              external: true,
            },
      ),
  };
}

/** CommonJS of ASCII text, which may be loaded with kept compiled code; `import.meta.url` is the file's. */
const commonJs: BuildOptions = {
  ...common,
  format: 'cjs',
  charset: 'ascii',
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url=require('node:url').pathToFileURL(__filename).href;" },
};

async function bundles(): Promise<void> {
  for (const [name, file] of Object.entries(VENDORED))
    await build({
      ...commonJs,
      stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: ROOT },
      outfile: join(out, 'vendor', `${file}.cjs`),
      plugins: [vendored('vendor', name)],
    });
  // One file, and CommonJS: a module's body, and the parts of Node that it names, run when the first `import()` reaches
  // them. As ES modules they would all be loaded at the start, and a hundred chunks cost Node more than what they save.
  const main = join(out, 'cli/main.cjs');
  await build({ ...commonJs, entryPoints: ['src/cli/main.ts'], outfile: main, plugins: [vendored('cli')] });
  if (existsSync(join(ROOT, 'src/action/main.ts'))) {
    for (const name of ['main', 'post'])
      await build({
        ...commonJs,
        entryPoints: [`src/action/${name}.ts`],
        outfile: join(out, `action/${name}.cjs`),
        plugins: [vendored('action')],
      });
  }
  await build({
    ...common,
    format: 'esm',
    entryPoints: ['src/index.ts'],
    outfile: join(out, 'index.mjs'),
    // errors are told by the names of their classes as well
    keepNames: true,
    plugins: [vendored('.')],
    // CommonJS packages inside an ESM bundle need a `require`.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  // Of its own, and executable: podman and docker start it several times a container.
  await build({
    ...common,
    format: 'esm',
    entryPoints: ['src/cli/oci-main.ts'],
    outfile: join(out, 'cli/oci.mjs'),
    banner: {
      js: "#!/usr/bin/env node\nimport{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  chmodSync(join(out, 'cli/oci.mjs'), 0o755);
  // The first file that Node reads must parse on a Node that is too old, to say so. CommonJS starts four milliseconds sooner.
  await build({
    ...commonJs,
    entryPoints: ['src/cli/entry.ts'],
    outfile: join(out, 'cli.js'),
    target: 'es2020',
    banner: { js: `#!/usr/bin/env node\n${commonJs.banner!.js!.replace('node:', '')}` },
    define: {
      ...commonJs.define,
      BUNDLE_DIGEST: JSON.stringify(createHash('sha256').update(readFileSync(main)).digest('hex')),
    },
    plugins: [fromBundle],
  });
  chmodSync(join(out, 'cli.js'), 0o755);
  writeFileSync(join(out, 'package.json'), '{"type":"commonjs"}\n');
}

const fromBundle: Plugin = {
  name: 'from-bundle',
  setup: (b) => b.onResolve({ filter: /\/load-main\.ts$/ }, () => ({ path: join(ROOT, 'src/cli/load-bundle.ts') })),
};

/** `dist/types`: one declaration file per source file; imports name the `.d.ts` files beside them. */
function types(): void {
  const folder = join(out, 'types');
  execFileSync('tsc', ['-p', join(ROOT, 'tsconfig.types.json'), '--outDir', folder], { stdio: 'inherit' });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/((?:from|import\()\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}

function helper(): void {
  for (const architecture of ['x64', 'arm64'])
    execFileSync('make', ['-s', '-C', join(ROOT, 'native'), `DIST=${join(out, 'helper')}`, architecture], {
      stdio: 'inherit',
    });
  writeFileSync(join(out, 'helper/compiler.json'), `${JSON.stringify(compilers(), undefined, 2)}\n`);
}

clean();
await bundles();
if (!values['no-types']) types();
if (!values['no-helper']) helper();
const size = readdirSync(out, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).length;
console.log(`${relative(process.cwd(), out) || '.'}: ${size} files`);
