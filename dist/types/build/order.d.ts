import type { Vertex } from './vertex.js';
/** Every vertex that the targets need, inputs before those who read them. */
export declare function inOrder(targets: readonly Vertex[]): Vertex[];
