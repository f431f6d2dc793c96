/** Fails when the committed `dist/` is not what `npm run build` makes of the sources, file by file and byte by byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compilers } from './compiler.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const out = mkdtempSync(join(tmpdir(), 'containerize-dist-'));
try {
  const recorded = JSON.parse(readFileSync(join(DIST, 'helper/compiler.json'), 'utf8')) as Record<string, string>;
  const here = compilers();
  const skipped = Object.keys(recorded).filter((target) => recorded[target] !== here[target]);
  for (const target of skipped)
    console.log(
      `skipped: helper/${target} is made with "${recorded[target]}", here is "${here[target] ?? 'no such compiler'}"`,
    );
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'scripts/build.ts'),
      '--out',
      out,
      ...(skipped.length === Object.keys(recorded).length ? ['--no-helper'] : []),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const checked = (name: string) =>
    name !== 'helper/compiler.json' && !skipped.some((target) => name.startsWith(`helper/${target}/`));
  const committed = filesOf(DIST).filter(
    (name) => checked(name) && (skipped.length < 2 || !name.startsWith('helper/')),
  );
  const built = filesOf(out).filter(checked);
  const stale = [
    ...built.filter((name) => !committed.includes(name)).map((name) => `missing: dist/${name}`),
    ...committed.filter((name) => !built.includes(name)).map((name) => `no longer made: dist/${name}`),
    ...built
      .filter(
        (name) => committed.includes(name) && !readFileSync(join(out, name)).equals(readFileSync(join(DIST, name))),
      )
      .map((name) => `differs: dist/${name}`),
  ];
  if (stale.length > 0) {
    console.error(
      `dist/ is stale (${stale.length}); run npm run build and commit it:\n  ${stale.slice(0, 20).join('\n  ')}`,
    );
    process.exitCode = 1;
  } else {
    console.log(`dist/ is fresh: ${built.length} files compared`);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
