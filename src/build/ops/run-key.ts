import type { CacheKey } from '../../cache/cache.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { type KeyPart, stepKey } from '../cache-key.ts';
import type { StepContext, StepKey, StepResult } from '../vertex.ts';
import type { RunDefinition, RunMount } from './run-definition.ts';

/**
 * What a RUN depends on. Left out on purpose: proxies, addresses of extra hosts, contents of secrets, limits of memory
 * and CPU, and what is in cache mounts, which all may differ without the result being another.
 */
export function runDefinitionKey(run: RunDefinition, inputs: readonly CacheKey[]): StepKey | undefined {
  if (contentMounts(run).some(({ source }) => source!.input === undefined)) return undefined;
  return stepKey('run', [
    ...baseParts(run, inputs[0]!),
    ...contentMounts(run).map(
      ({ mount, source }): KeyPart => [`from:${source!.name}`, `${mount.target} ${inputs[source!.input!]}`],
    ),
  ]);
}

/** The same with the contents that are mounted instead of the steps that made them. */
export async function runContentKey(
  run: RunDefinition,
  inputs: readonly StepResult[],
  step: StepContext,
): Promise<StepKey | undefined> {
  const mounts = contentMounts(run);
  if (mounts.length === 0) return undefined;
  const parts = await Promise.all(
    mounts.map(async ({ mount, source }): Promise<KeyPart> => {
      const path = 'source' in mount ? mount.source : '/';
      return [`content:${source!.name} ${path}`, `${mount.target} ${await source!.digest(path, step)}`];
    }),
  );
  return stepKey('run-content', [...baseParts(run, inputs[0]!.key), ...parts]);
}

/** Mounts whose files the step reads: binds, and what a cache begins with. */
function contentMounts(run: RunDefinition): RunMount[] {
  return run.mounts.filter(({ source }) => source !== undefined);
}

function baseParts(run: RunDefinition, base: CacheKey): KeyPart[] {
  return [
    ['base', base],
    ['platform', formatPlatform(run.platform)],
    ['arguments', run.args.length],
    ...run.args.map((arg): KeyPart => ['instruction', arg]),
    ['variables', run.env.length],
    ...run.env.map((entry): KeyPart => variablePart(entry, run.argNames)),
    ['cwd', run.cwd],
    ['user', run.user],
    ['network', run.network],
    ['security', run.security],
    ['hostname', run.hostname],
    ['script', run.script?.content],
    ['hosts', run.hostNames.join(' ')],
    ['mounts', run.mounts.length],
    ...run.mounts.flatMap(mountParts),
  ];
}

function variablePart(entry: string, argNames: ReadonlySet<string>): KeyPart {
  const equals = entry.indexOf('=');
  const name = entry.slice(0, equals);
  return [`${argNames.has(name) ? 'arg' : 'env'}:${name}`, entry.slice(equals + 1)];
}

function mountParts({ mount }: RunMount): KeyPart[] {
  const common: KeyPart[] = [
    ['mount', mount.type],
    ['target', mount.target],
  ];
  switch (mount.type) {
    case 'bind':
      return [...common, ['readonly', mount.readonly]];
    case 'cache':
      return [...common, ['readonly', mount.readonly]];
    case 'tmpfs':
      return [...common, ['size', mount.size]];
    case 'secret':
      return [
        ...common,
        ['id', mount.id],
        ['env', mount.env],
        ['mode', mount.mode],
        ['uid', mount.uid],
        ['gid', mount.gid],
      ];
    case 'ssh':
      return [...common, ['id', mount.id]];
  }
}
