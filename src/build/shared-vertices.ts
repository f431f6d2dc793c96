import type { CacheKey } from '../cache/cache.ts';
import { cacheKey } from './cache-key.ts';
import type { Op, PureOp, Vertex } from './vertex.ts';

/** Vertices by what defines them, so that equal ones are made once. */
export class SharedVertices {
  readonly #byKey = new Map<CacheKey, Vertex>();
  readonly #keys = new Map<Vertex, CacheKey>();

  /** The vertex that is already there for `key`, else this one. */
  intern(vertex: Vertex, key: CacheKey | undefined): Vertex {
    if (key === undefined) return vertex;
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    this.#byKey.set(key, vertex);
    this.#keys.set(vertex, key);
    return vertex;
  }

  /** What defines a step that is about to be made. */
  definition(op: Op, inputs: readonly Vertex[], noCache: boolean): CacheKey | undefined {
    const keys = inputs.map((input) => this.keyOf(input));
    if (keys.some((key) => key === undefined)) return undefined;
    const key = op.definitionKey(keys as CacheKey[]);
    return (
      key &&
      cacheKey('vertex', [
        ['definition', key.key],
        ['noCache', noCache],
      ])
    );
  }

  /** What defines a vertex, config changes included; undefined when something that it needs is known by content only. */
  keyOf(vertex: Vertex): CacheKey | undefined {
    const changes: Vertex[] = [];
    let at = vertex;
    for (; at.op.kind === 'CONFIG' && !this.#keys.has(at); at = at.inputs[0]!) changes.push(at);
    let key = this.#keys.get(at);
    for (const change of changes.reverse()) {
      const { signature } = change.op as PureOp;
      if (key === undefined || signature === undefined) return undefined;
      key = cacheKey('config', [
        ['on', key],
        ['changes', signature],
      ]);
      this.#keys.set(change, key);
    }
    return key;
  }
}
