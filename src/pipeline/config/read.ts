import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
} from 'yaml';
import { InterpolationError, interpolate } from '../../compose/interpolate.ts';
import { didYouMean, type SourceLocation } from '../../errors.ts';
import { ConfigError } from './error.ts';
import { expectedOf, type Shape } from './shape.ts';

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
  return new Reading(text, file, env).read(shape);
}

class Reading {
  readonly #text: string;
  readonly #file: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #lines = new LineCounter();
  readonly #warnings: string[] = [];
  readonly #places = new Map<string, SourceLocation>();
  #document: Document | undefined;
  #nodes = 0;

  constructor(text: string, file: string, env: Readonly<Record<string, string | undefined>>) {
    this.#text = text;
    this.#file = file;
    this.#env = env;
  }

  read(shape: Shape): ReadResult {
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
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
        { location: this.#place(start, end) },
      );
    }
    this.#document = document as Document;
    const value = document.contents === null ? {} : this.#value(document.contents as Node, shape, '', 0);
    return { value, warnings: this.#warnings, places: this.#places };
  }

  #value(given: Node | null | undefined, shape: Shape, path: string, depth: number): unknown {
    const node = this.#resolve(given, path);
    if (++this.#nodes > MOST_NODES || depth > DEEPEST)
      throw this.#wrong('bad-yaml', node, `${path || 'the file'}: aliases make it too large`);
    this.#places.set(path, this.#placeOf(node));
    switch (shape.kind) {
      case 'either': {
        const fitting = shape.of.find((candidate) => this.#fits(node, candidate));
        if (fitting === undefined) throw this.#wrongType(node, shape, path);
        return this.#value(node, fitting, path, depth + 1);
      }
      case 'list':
        if (!isSeq(node)) throw this.#wrongType(node, shape, path);
        return node.items.map((item, i) => this.#value(item as Node, shape.item, `${path}[${i}]`, depth + 1));
      case 'map':
      case 'object':
        return this.#keys(node, shape, path, depth);
      default:
        return this.#scalar(node, shape, path);
    }
  }

  #keys(node: Node, shape: Shape & { kind: 'map' | 'object' }, path: string, depth: number): unknown {
    if (!isMap(node)) throw this.#wrongType(node, shape, path);
    const value: Record<string, unknown> = {};
    for (const [key, { name, node: child }] of this.#pairs(node, path, depth)) {
      if (key.startsWith('x-') && shape.kind === 'object') continue;
      const below = path === '' ? key : `${path}.${key}`;
      if (shape.kind === 'map') {
        if (shape.key !== undefined && !new RegExp(shape.key).test(key))
          throw this.#wrong(
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
        throw this.#wrong(
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
        throw this.#wrong('missing-key', node, `${path || 'the file'}: ${key} is missing`);
    return value;
  }

  /** Keys with what `<<` brings behind them: what is written here counts more. */
  #pairs(node: Node, path: string, depth: number): Map<string, { name: Node; node: Node | null }> {
    if (depth > DEEPEST) throw this.#wrong('bad-yaml', node, `${path}: nested too deeply`);
    const found = new Map<string, { name: Node; node: Node | null }>();
    if (!isMap(node)) throw this.#wrong('wrong-type', node, `${path}: << expects keys with values`);
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
        throw this.#wrong('bad-yaml', key, `${path || 'the file'}: a key is text`);
      found.set(String(name), { name: key, node: pair.value });
    }
    for (const from of merged)
      for (const [key, pair] of this.#pairs(from, path, depth + 1)) if (!found.has(key)) found.set(key, pair);
    return found;
  }

  #scalar(node: Node, shape: Shape, path: string): unknown {
    if (!isScalar(node)) throw this.#wrongType(node, shape, path);
    let value: unknown = node.value;
    let wasText = false;
    if (typeof value === 'string') {
      const put = this.#interpolated(value, node, path);
      wasText = put !== value;
      value = put;
    }
    switch (shape.kind) {
      case 'flag':
        if (wasText && /^(true|false)$/.test(value as string)) return value === 'true';
        if (typeof value !== 'boolean') throw this.#wrongType(node, shape, path, value);
        return value;
      case 'number': {
        const number = wasText && /^\d+(\.\d+)?$/.test(value as string) ? Number(value) : value;
        if (typeof number !== 'number') throw this.#wrongType(node, shape, path, value);
        if (number < shape.min || number > shape.max || (shape.integer && !Number.isInteger(number)))
          throw this.#wrong('bad-value', node, `${path}: expected ${shape.min} to ${shape.max}, found ${number}`);
        return number;
      }
      case 'choice':
        if (typeof value !== 'string' || !shape.of.includes(value))
          throw this.#wrong(
            'bad-value',
            node,
            `${path}: expected ${shape.of.join(', ')}, found ${shown(value)}${didYouMean(String(value), shape.of)}`,
          );
        return value;
      default: {
        if (shape.kind !== 'text') throw this.#wrongType(node, shape, path);
        if (value === null && shape.nothing) return null;
        if (typeof value === 'boolean' && shape.nothing) return String(value);
        // 1.10 stays 1.10: the text as it was written
        const written = typeof value === 'number' ? (node.source ?? String(value)) : value;
        if (typeof written !== 'string') throw this.#wrongType(node, shape, path, value);
        if (shape.pattern !== undefined && !new RegExp(shape.pattern).test(written))
          throw this.#wrong('bad-value', node, `${path}: expected ${expectedOf(shape)}, found "${written}"`);
        return written;
      }
    }
  }

  #interpolated(text: string, node: Scalar, path: string): string {
    try {
      const { text: put, unset } = interpolate(text, (name) => this.#env[name]);
      for (const name of unset) {
        const { line } = this.#placeOf(node);
        this.#warnings.push(
          `${this.#file}:${line}: ${path}: the variable ${name} is not set, empty text stands for it`,
        );
      }
      return put;
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      const start = node.range?.[0] ?? 0;
      const quote = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0;
      // in blocks and with escapes the value's offsets are not the file's: look the piece up
      const piece = text.slice(error.offset, error.offset + 12).split('\n')[0]!;
      const at = this.#text.indexOf(piece, start + quote);
      throw new ConfigError('bad-variable', `${path}: ${error.message}`, {
        hint: error.hint,
        location: this.#place(at < 0 ? start : at, (at < 0 ? start : at) + piece.length),
      });
    }
  }

  #fits(node: Node, shape: Shape): boolean {
    if (shape.kind === 'either') return shape.of.some((candidate) => this.#fits(node, candidate));
    if (shape.kind === 'list') return isSeq(node);
    if (shape.kind === 'map' || shape.kind === 'object') return isMap(node);
    if (!isScalar(node)) return false;
    const { value } = node;
    if (shape.kind === 'flag') return typeof value === 'boolean' || (typeof value === 'string' && this.#isFlag(value));
    if (shape.kind === 'number') return typeof value === 'number';
    return typeof value === 'string' || (shape.kind === 'text' && typeof value === 'number');
  }

  #isFlag(text: string): boolean {
    return text.includes('$') && /^(true|false)$/.test(interpolate(text, (name) => this.#env[name]).text);
  }

  #resolve(given: Node | null | undefined, path: string): Node {
    if (given === null || given === undefined) return new Scalar(null);
    if (!isAlias(given)) return given;
    const found = given.resolve(this.#document!);
    if (found === undefined)
      throw this.#wrong('bad-yaml', given, `${path}: there is no anchor &${given.source} before this`);
    return found as Node;
  }

  #wrongType(node: Node, shape: Shape, path: string, value?: unknown): ConfigError {
    const found = isMap(node) ? 'keys with values' : isSeq(node) ? 'a list' : shown(value ?? (node as Scalar).value);
    return this.#wrong('wrong-type', node, `${path || 'the file'}: expected ${expectedOf(shape)}, found ${found}`);
  }

  #wrong(code: ConfigError['code'], node: Node, message: string, more: { hint?: string } = {}): ConfigError {
    return new ConfigError(code, message, { ...more, location: this.#placeOf(node) });
  }

  #placeOf(node: Node): SourceLocation {
    const [start, end] = node.range ?? [0, 0];
    return this.#place(start, end);
  }

  #place(start: number, end: number): SourceLocation {
    const from = this.#lines.linePos(start);
    const to = this.#lines.linePos(end);
    const line = Math.max(1, from.line);
    return {
      file: this.#file,
      line,
      column: Math.max(1, from.col),
      ...(to.line === line && to.col > from.col ? { endLine: line, endColumn: to.col } : {}),
      text: this.#text,
    };
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return String(value);
}
