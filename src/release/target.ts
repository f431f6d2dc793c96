import { codeOf } from '../errors.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { ReleaseError } from './error.ts';
import type { ChannelState } from './history.ts';

/** Where a rollback can go: any repository, and what its history says. */
export interface TargetSource {
  name: string;
  channel: string;
  state: ChannelState;
  resolve(tagOrDigest: string, options?: { signal?: AbortSignal | undefined }): Promise<{ digest: Digest }>;
}

/**
 * The digest that `--to` means: `previous`, `previous~2`, a digest, a tag, or a version (a tag with or without `v`).
 * @throws ReleaseError `no-history`, `unknown-release`
 */
export async function resolveTarget(source: TargetSource, to: string, signal?: AbortSignal): Promise<Digest> {
  const previous = /^previous(?:~(\d{1,3}))?$/.exec(to);
  if (previous !== null) {
    const { state, channel, name } = source;
    const steps = Number(previous[1] ?? 1);
    const digest = steps < 1 ? undefined : state.previous[steps - 1];
    if (digest !== undefined) return digest;
    throw new ReleaseError(
      'no-history',
      state.previous.length === 0
        ? `${name} has no earlier release in channel ${channel}`
        : `${name} has ${state.previous.length} earlier release${state.previous.length === 1 ? '' : 's'} in channel ${channel}, ${to} asks for ${steps}`,
      { hint: `name a tag, a version or a digest instead, or see what there is: containerize releases ${name}` },
    );
  }
  const candidates = isDigest(to) ? [to] : to.startsWith('v') ? [to, to.slice(1)] : [to, `v${to}`];
  for (const candidate of candidates) {
    try {
      return (await source.resolve(candidate, { signal })).digest;
    } catch (error) {
      if (codeOf(error) !== 'not-found') throw error;
    }
  }
  throw new ReleaseError('unknown-release', `${source.name} has no ${isDigest(to) ? '' : 'tag or version '}${to}`, {
    hint: `expected previous, previous~N, a tag, a version or a digest; see: containerize releases ${source.name}`,
  });
}
