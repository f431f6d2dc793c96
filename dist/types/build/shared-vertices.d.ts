import type { CacheKey } from '../cache/cache.js';
import type { Op, Vertex } from './vertex.js';
/** Vertices by what defines them, so that equal ones are made once. */
export declare class SharedVertices {
    #private;
    /** The vertex that is already there for `key`, else this one. */
    intern(vertex: Vertex, key: CacheKey | undefined): Vertex;
    /** What defines a step that is about to be made. */
    definition(op: Op, inputs: readonly Vertex[], noCache: boolean): CacheKey | undefined;
    /** What defines a vertex, config changes included; undefined when something that it needs is known by content only. */
    keyOf(vertex: Vertex): CacheKey | undefined;
}
