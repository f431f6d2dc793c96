import { ContainerizeError, didYouMean } from '../errors.ts';
import { CAPABILITIES, capabilityName, DEFAULT_CAPABILITIES } from '../runtime/capabilities.ts';

export class CapabilityError extends ContainerizeError<'unknown-capability'> {}

/** Docker's rule: `ALL` in one list is the base for the other; a drop wins over the default, an add over a drop of ALL. */
export function capabilitySet(options: {
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
}): string[] {
  if (options.privileged) return [...CAPABILITIES];
  const added = (options.capAdd ?? []).map(normalise);
  const dropped = (options.capDrop ?? []).map(normalise);
  if (added.length === 0 && dropped.length === 0) return [...DEFAULT_CAPABILITIES];
  if (added.includes('ALL')) return CAPABILITIES.filter((name) => !dropped.includes(name));
  if (dropped.includes('ALL')) return [...new Set(added)];
  return [...new Set([...DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)), ...added])];
}

function normalise(name: string): string {
  const upper = name.toUpperCase();
  if (upper === 'ALL') return upper;
  const full = capabilityName(name);
  if (full === undefined) {
    const guess = didYouMean(upper.startsWith('CAP_') ? upper : `CAP_${upper}`, CAPABILITIES);
    throw new CapabilityError('unknown-capability', `unknown capability "${name}"${guess}`, {
      hint: 'capabilities(7) lists them; ALL means all',
    });
  }
  return full;
}
