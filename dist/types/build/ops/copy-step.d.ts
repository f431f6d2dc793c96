import type { SourceLocation } from '../../errors.js';
import { Tree } from '../../layer/tree.js';
import type { KeyPart } from '../cache-key.js';
import { type CopySource } from '../context/entry.js';
import { type ModeChange } from '../context/mode.js';
import { type Destination, type Owner } from '../context/plan.js';
import { type Selected, type SourceText } from '../context/select.js';
import type { Root, StepContext, StepResult } from '../vertex.js';
/** A COPY with everything expanded; ADD has some more (add.ts). */
export interface CopyStep {
    kind: 'COPY' | 'ADD';
    sources: readonly SourceText[];
    /** Expanded already. */
    heredocs: readonly {
        name: string;
        content: string;
    }[];
    destination: SourceText;
    chown?: SourceText;
    chmod?: SourceText;
    link: boolean;
    parents: boolean;
    exclude: readonly SourceText[];
    /** For a relative destination. */
    workdir: string;
    /** A context, or an input of the step. */
    source: CopySource | {
        input: number;
        name: string;
    };
    /** The line of history: `COPY a b # buildkit`. */
    history: string;
    location: SourceLocation;
}
/** What COPY and ADD share. */
export declare class Copy {
    #private;
    readonly step: CopyStep;
    /** --link: the layer does not depend on what it is put on. */
    readonly independent: boolean;
    /** `sources`: how many the instruction has, when some of them are not files of the source. */
    constructor(step: CopyStep, sources?: number);
    /** What of the instruction goes into both keys. */
    parts(base: string | undefined): KeyPart[];
    /** What is read, as far as it is known without reading: the identity of a stage, or nothing at all. */
    sourceIdentity(inputs: readonly string[]): KeyPart[] | undefined;
    /** Digest of all that is copied: contents, modes, owners and the names that reach the destination, never where it was. */
    content(context: Pick<StepContext, 'services'>, inputs: readonly StepResult[]): Promise<{
        digest: string;
        files: [string, string][];
    }>;
    source(context: Pick<StepContext, 'services'>, inputs: readonly StepResult[]): CopySource;
    select(source: CopySource): Promise<Selected[]>;
    /** Copies into a root: of the step's own snapshot, whose lower layers are the step's base. */
    into(root: Root, context: StepContext): Promise<void>;
    /** Looks up what the copy needs to know of its root. */
    enter(root: Root, context: StepContext): Promise<Room>;
    copy(source: CopySource, selected: readonly Selected[], room: Room): Promise<void>;
    /** Writes the heredocs. `others`: something else was copied, so the destination is a folder. */
    writeDocuments(room: Room, others: boolean): Promise<void>;
    /** The destination as it is in the root. */
    destination(tree: Tree, root: Root): Promise<Destination>;
}
/** The root that a copy goes to, and what was looked up in it. */
export interface Room {
    root: Root;
    context: StepContext;
    tree: Tree;
    owner: Owner | undefined;
    mode: ModeChange | undefined;
    destination: Destination;
}
