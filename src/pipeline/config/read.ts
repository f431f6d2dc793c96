import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, Scalar } from 'yaml';
import { didYouMean, type SourceLocation } from '../../errors.ts';
import { ConfigError } from './error.ts';
import { Scalars } from './scalars.ts';
import type { Shape } from './shape.ts';
import { ConfigSource } from './source.ts';

const LARGEST = 1024 * 1024;
const DEEPEST = 60;
const MOST_NODES = 50_000;

export interface ReadResult {
  value: unknown;
  warnings: string[];
  /** Where a value is: path as `images.web.tags` → place. */
  places: Map<string, SourceLocation>;
}

/** Reads YAML 1.2 as a shape wants it, variables put in. @throws ConfigError with file, line and column */
export function readYaml(
  text: string,
  file: string,
  shape: Shape,
  env: Readonly<Record<string, string | undefined>>,
): ReadResult {
  if (text.length > LARGEST)
    throw new ConfigError('bad-yaml', `${file} has ${text.length} characters, at most ${LARGEST} are read`);
  return new Reading(new ConfigSource(text, file), env).read(shape);
}

class Reading {
  readonly #source: ConfigSource;
  readonly #scalars: Scalars;
  readonly #places = new Map<string, SourceLocation>();
  #document: Document | undefined;
  #nodes = 0;

  constructor(source: ConfigSource, env: Readonly<Record<string, string | undefined>>) {
    this.#source = source;
    this.#scalars = new Scalars(source, env);
  }

  read(shape: Shape): ReadResult {
    const document = parseDocument(this.#source.text, {
      lineCounter: this.#source.lines,
      version: '1.2',
      prettyErrors: false,
      uniqueKeys: true,
      merge: true,
      stringKeys: false,
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const [start, end] = error.pos;
      const duplicate = error.code === 'DUPLICATE_KEY';
      throw new ConfigError(
        duplicate ? 'duplicate-key' : 'bad-yaml',
        duplicate ? 'this key is there twice' : `not YAML: ${error.message.split('\n')[0]}`,
        { location: this.#source.place(start, end) },
      );
    }
    this.#document = document as Document;
    const value = document.contents === null ? {} : this.#value(document.contents as Node, shape, '', 0);
    return { value, warnings: this.#scalars.warnings, places: this.#places };
  }

  #value(given: Node | null | undefined, shape: Shape, path: string, depth: number): unknown {
    const node = this.#resolve(given, path);
    if (++this.#nodes > MOST_NODES || depth > DEEPEST)
      throw this.#source.wrong('bad-yaml', node, `${path || 'the file'}: aliases make it too large`);
    this.#places.set(path, this.#source.placeOf(node));
    switch (shape.kind) {
      case 'either': {
        const fitting = shape.of.find((candidate) => this.#fits(node, candidate));
        if (fitting === undefined) throw this.#source.wrongType(node, shape, path);
        return this.#value(node, fitting, path, depth + 1);
      }
      case 'list':
        if (!isSeq(node)) throw this.#source.wrongType(node, shape, path);
        return node.items.map((item, i) => this.#value(item as Node, shape.item, `${path}[${i}]`, depth + 1));
      case 'map':
      case 'object':
        return this.#keys(node, shape, path, depth);
      default:
        return this.#scalars.value(node, shape, path);
    }
  }

  #keys(node: Node, shape: Shape & { kind: 'map' | 'object' }, path: string, depth: number): unknown {
    if (!isMap(node)) throw this.#source.wrongType(node, shape, path);
    const value: Record<string, unknown> = {};
    for (const [key, { name, node: child }] of this.#pairs(node, path, depth)) {
      if (key.startsWith('x-') && shape.kind === 'object') continue;
      const below = path === '' ? key : `${path}.${key}`;
      if (shape.kind === 'map') {
        if (shape.key !== undefined && !new RegExp(shape.key).test(key))
          throw this.#source.wrong(
            'bad-value',
            name,
            `${below}: expected a name of lower-case letters, digits, ".", "_" and "-"`,
          );
        value[key] = this.#value(child, shape.value, below, depth + 1);
        continue;
      }
      const known = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
      if (known === undefined) {
        const where = path === '' ? '' : ` in ${path}`;
        throw this.#source.wrong(
          'unknown-key',
          name,
          `unknown key ${key}${where}${didYouMean(key, Object.keys(shape.keys))}`,
          {
            hint: `expected one of ${Object.keys(shape.keys).join(', ')}; keys that begin with x- are yours`,
          },
        );
      }
      // a key without a value is a key that is not there, as in Compose
      if (child === null || (isScalar(child) && child.value === null)) continue;
      value[key] = this.#value(child, known, below, depth + 1);
    }
    for (const key of shape.kind === 'object' ? (shape.required ?? []) : [])
      if (!Object.hasOwn(value, key))
        throw this.#source.wrong('missing-key', node, `${path || 'the file'}: ${key} is missing`);
    return value;
  }

  /** Keys with what `<<` brings behind them: what is written here counts more. */
  #pairs(node: Node, path: string, depth: number): Map<string, { name: Node; node: Node | null }> {
    if (depth > DEEPEST) throw this.#source.wrong('bad-yaml', node, `${path}: nested too deeply`);
    const found = new Map<string, { name: Node; node: Node | null }>();
    if (!isMap(node)) throw this.#source.wrong('wrong-type', node, `${path}: << expects keys with values`);
    const merged: Node[] = [];
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const { key } = pair;
      const name = isScalar(key) ? (typeof key.value === 'symbol' ? '<<' : key.value) : undefined;
      if (name === '<<') {
        const from = this.#resolve(pair.value, path);
        if (isSeq(from)) merged.push(...from.items.map((item) => this.#resolve(item as Node, path)));
        else merged.push(from);
        continue;
      }
      if (typeof name !== 'string' && typeof name !== 'number')
        throw this.#source.wrong('bad-yaml', key, `${path || 'the file'}: a key is text`);
      found.set(String(name), { name: key, node: pair.value });
    }
    for (const from of merged)
      for (const [key, pair] of this.#pairs(from, path, depth + 1)) if (!found.has(key)) found.set(key, pair);
    return found;
  }

  #fits(node: Node, shape: Shape): boolean {
    if (shape.kind === 'either') return shape.of.some((candidate) => this.#fits(node, candidate));
    if (shape.kind === 'list') return isSeq(node);
    if (shape.kind === 'map' || shape.kind === 'object') return isMap(node);
    if (!isScalar(node)) return false;
    const { value } = node;
    if (shape.kind === 'flag')
      return typeof value === 'boolean' || (typeof value === 'string' && this.#scalars.isFlag(value));
    if (shape.kind === 'number') return typeof value === 'number';
    return typeof value === 'string' || (shape.kind === 'text' && typeof value === 'number');
  }

  #resolve(given: Node | null | undefined, path: string): Node {
    if (given === null || given === undefined) return new Scalar(null);
    if (!isAlias(given)) return given;
    const found = given.resolve(this.#document!);
    if (found === undefined)
      throw this.#source.wrong('bad-yaml', given, `${path}: there is no anchor &${given.source} before this`);
    return found as Node;
  }
}
