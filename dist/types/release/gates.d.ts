import type { ImageFacts } from './image-facts.js';
/** Something that has to hold before a channel moves: tests, image checks, a smoke run, a scan. */
export interface Gate {
    name: string;
    /** Looks at the target. Throws only when it could not look. */
    ask(target: GateTarget): Promise<{
        passed: boolean;
        message: string;
    }>;
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
export declare const schemaGate: Gate;
