import type { ImageFacts } from './image-facts.ts';

/** Something that has to hold before a channel moves: tests, image checks, a smoke run, a scan. */
export interface Gate {
  name: string;
  /** Looks at the target. Throws only when it could not look. */
  ask(target: GateTarget): Promise<{ passed: boolean; message: string }>;
}

export interface GateTarget {
  /** `ghcr.io/owner/app@sha256:…`: what can be pulled and run. */
  reference: string;
  facts: ImageFacts;
  current?: ImageFacts;
  signal?: AbortSignal | undefined;
}

/**
 * The program of an older image may not understand data that a newer one has changed. Images say which revision they
 * work with by the label io.containerize.schema-revision; going below the current one is refused.
 */
export const schemaGate: Gate = {
  name: 'schema revision',
  async ask({ facts, current }) {
    const [to, from] = [facts.schemaRevision, current?.schemaRevision];
    if (from === undefined) return { passed: true, message: 'the current image names no schema revision' };
    if (to === undefined)
      return {
        passed: false,
        message: `the current image works with schema ${from}, the target does not say with which`,
      };
    return to < from
      ? { passed: false, message: `the target works with schema ${to}, the data is at ${from}` }
      : { passed: true, message: `schema ${from} → ${to}` };
  },
};
