import { AsyncLocalStorage } from 'node:async_hooks';
import type { CacheServiceAnswer, CacheServiceRequest } from './protocol.ts';

/** What one call of @actions/cache printed. */
const printed = new AsyncLocalStorage<string[]>();

/**
 * Carries out a request through @actions/cache, in a process of its own: that package takes its place and its tokens from
 * the environment, hides most failures, and tells of them on standard output only.
 */
export async function perform(request: CacheServiceRequest): Promise<CacheServiceAnswer> {
  const lines: string[] = [];
  return printed.run(lines, async () => {
    try {
      return answer(request, await call(request), lines.join(''));
    } catch (error) {
      return answer(request, undefined, `::warning::${error instanceof Error ? error.message : String(error)}\n`);
    }
  });
}

/** Takes over what the process would print; what belongs to no call is dropped. */
export function capturePrinting(stdout: NodeJS.WriteStream): void {
  stdout.write = ((chunk: string | Uint8Array) => {
    printed.getStore()?.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    return true;
  }) as typeof stdout.write;
}

async function call(request: CacheServiceRequest): Promise<string | number | undefined> {
  const cache = await import('@actions/cache');
  const { path, key } = request;
  switch (request.op) {
    case 'find':
      return cache.restoreCache([path], key, [], { lookupOnly: true });
    case 'restore':
      return cache.restoreCache([path], key, [...request.prefixes]);
    case 'save':
      return cache.saveCache([path], key);
  }
}

function answer(request: CacheServiceRequest, result: string | number | undefined, output: string): CacheServiceAnswer {
  const problem = problemIn(output);
  const denied = /cache (read|write) denied:|does not permit (reads|writes)/i.test(output);
  if (request.op !== 'save') {
    // the service lets a prefix of the key match too
    const found = typeof result === 'string' && (request.op === 'restore' || same(result, request.key));
    if (found) return { key: result };
    const damaged = problem !== undefined && /\btar\b.* failed/.test(problem);
    return {
      ...(denied ? { denied } : {}),
      ...(damaged ? { damaged } : {}),
      ...(problem === undefined ? {} : { problem }),
    };
  }
  if (problem === undefined && typeof result === 'number' && result >= 0) return { key: request.key };
  if (denied) return { denied, ...(problem === undefined ? {} : { problem }) };
  if (/Unable to reserve cache/.test(output) && problem === undefined) return { exists: true };
  return { problem: problem ?? 'it was not saved' };
}

/** Old services turn keys into lower case. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The first warning or error among the lines, without what the package wants to be masked. */
function problemIn(output: string): string | undefined {
  const masks = [...output.matchAll(/^::add-mask::(.+)$/gm)].map((match) => decoded(match[1]!));
  const said = /^::(?:warning|error)::(.*)$/m.exec(output)?.[1];
  if (said === undefined) return undefined;
  let text = decoded(said).replace(/\s+/g, ' ').trim();
  for (const mask of masks) text = text.replaceAll(mask, '***');
  return text.replace(/^Failed to (restore|save): /, '').replace(/ If you are using self-hosted runners.*$/, '');
}

function decoded(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
