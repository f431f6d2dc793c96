import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

/** Of the bundle's text: set when it is made. */
declare const BUNDLE_DIGEST: string;

/** Bytes of the digest in front of what is kept. */
const DIGEST = 32;
/** Files in the folder before they are cleared away. */
const MOST = 10;
/** Runs after which what they compiled is added to what is kept: the first one may have used little of a command. */
const AGAIN = new Set([1, 3, 7, 15, 31]);
const LAST_AGAIN = Math.max(...AGAIN);

/** Loads the bundled command line with the compiled code that an earlier run left in folder `cache`. */
export async function loadMain(cache: string | undefined): Promise<typeof import('./main.ts')> {
  const file = join(dirname(fileURLToPath(import.meta.url)), 'cli', 'main.cjs');
  return loadBundle(file, BUNDLE_DIGEST, cache) as typeof import('./main.ts');
}

/**
 * Runs a CommonJS bundle of ASCII text. V8 compiles a function when it is first called; what a run that went well has
 * compiled is kept, so that the next one begins where that ended. (Node's own compile cache keeps what was compiled
 * before the first call, which is little.) `digest` names the bundle's text: V8 itself compares no more than its length.
 */
export function loadBundle(file: string, digest: string, cache: string | undefined): unknown {
  const kept = cache && join(cache, `${digest.slice(0, 24)}-${process.version}-${process.arch}`);
  const cachedData = kept ? readKept(kept) : undefined;
  const text = readFileSync(file, 'latin1');
  const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (kept && (cachedData === undefined || script.cachedDataRejected || AGAIN.has(countRun(kept)))) {
    process.once('exit', (code) => {
      if (code === 0) keep(kept, script.createCachedData());
    });
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

/** How often this was kept or run before; counted by the bytes of a file, and no further than it matters. */
function countRun(kept: string): number {
  try {
    const path = `${kept}.runs`;
    const before = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (before <= LAST_AGAIN) appendFileSync(path, '.', { mode: 0o600 });
    return before + 1;
  } catch {
    return 0;
  }
}

function readKept(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const data = bytes.subarray(DIGEST);
    // A power cut may have left anything, and V8 would run it.
    return sha256(data).equals(bytes.subarray(0, DIGEST)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs time and nothing else. */
function keep(path: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Other versions of ours or of Node may still be in use, but not many.
    const others = readdirSync(folder);
    if (others.length > MOST) for (const name of others) rmSync(join(folder, name), { force: true });
    writeFileSync(temporary, Buffer.concat([sha256(data), data]), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // root of a user namespace may not even look into root's folder
    }
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
