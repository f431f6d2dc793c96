import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from 'yaml';
import { didYouMean, type SourceLocation } from '../../errors.ts';
import { TestingError } from '../error.ts';

const LARGEST = 1024 * 1024;
const DEEPEST = 20;
const MOST_VALUES = 50_000;

interface Source {
  text: string;
  file: string;
  lines: LineCounter;
  document: Document;
  /** Values that were looked at: aliases may not make more of them than a person writes. */
  values: number;
}

/** One value of a YAML or JSON text that knows where it is and what it is called. Every reader throws TestingError `bad-checks`. */
export class YamlValue {
  readonly #source: Source;
  readonly #node: Node;
  readonly #depth: number;
  readonly path: string;

  private constructor(source: Source, node: Node, path: string, depth: number) {
    this.#source = source;
    this.path = path;
    this.#depth = depth;
    this.#node = node;
    if (isAlias(node)) this.#node = (node.resolve(source.document) as Node | undefined) ?? this.fail('no such anchor');
    if (++source.values > MOST_VALUES || depth > DEEPEST) this.fail('aliases or nesting make the file too large');
  }

  static parse(text: string, file: string): YamlValue {
    if (text.length > LARGEST)
      throw new TestingError('bad-checks', `${file} has ${text.length} characters, at most ${LARGEST} are read`);
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
    const source: Source = { text, file, lines, document: document as unknown as Document, values: 0 };
    const [error] = document.errors;
    const root = new YamlValue(source, document.contents ?? new Scalar(null), '', 0);
    if (error === undefined) return root;
    const why =
      error.code === 'DUPLICATE_KEY' ? 'this key is there twice' : `not YAML: ${error.message.split('\n')[0]}`;
    throw new TestingError('bad-checks', why, { location: root.#place(error.pos[0], error.pos[1]) });
  }

  get line(): number {
    return this.#place(...this.#range()).line;
  }

  /** Keys with values, all of them known; a key without a value is one that is not there. */
  keys<K extends string>(...known: readonly K[]): Partial<Record<K, YamlValue>> {
    const found: Partial<Record<K, YamlValue>> = {};
    for (const [name, { key, value }] of this.#pairs()) {
      const at = this.#below(key, name || '?');
      if (!(known as readonly string[]).includes(name))
        at.fail(`unknown key ${name || '(no text)'}${didYouMean(name, known)}`, `expected one of ${known.join(', ')}`);
      if (value !== null && !(isScalar(value) && value.value === null)) found[name as K] = this.#below(value, name);
    }
    return found;
  }

  /** What `<<` brings, and over it what is written here. */
  #pairs(): Map<string, { key: Node; value: Node | null }> {
    if (!isMap(this.#node)) return this.#wrongType('keys with values');
    const [own, merged] = [new Map<string, { key: Node; value: Node | null }>(), new Map()];
    for (const { key, value } of this.#node.items as { key: Node; value: Node | null }[]) {
      const name = isScalar(key) ? (typeof key.value === 'symbol' ? '<<' : String(key.value)) : '';
      if (name !== '<<') own.set(name, { key, value });
      else {
        const from = this.#below(value, name);
        for (const one of isSeq(from.#node) ? from.list() : [from])
          for (const [inner, pair] of one.#pairs()) if (!merged.has(inner)) merged.set(inner, pair);
      }
    }
    return new Map([...merged, ...own]);
  }

  list(): YamlValue[] {
    if (!isSeq(this.#node)) return this.#wrongType('a list');
    return this.#node.items.map((item, i) => this.#below(item as Node, `[${i}]`));
  }

  texts(): string[] {
    return this.list().map((item) => item.text());
  }

  /** Text, or what a number or a flag looks like: `8080` for a port. */
  text(): string {
    if (!isScalar(this.#node)) return this.#wrongType('text');
    const { value, source } = this.#node;
    if (typeof value === 'string') return value;
    if (value === null) return '';
    return source ?? String(value);
  }

  /** Text that says something. */
  filled(): string {
    const text = this.text();
    return text.trim() === '' ? this.fail('expected text, found nothing') : text;
  }

  flag(): boolean {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'boolean') return value;
    // YAML 1.1, which the original reads
    if (/^(yes|on)$/i.test(String(value))) return true;
    if (/^(no|off)$/i.test(String(value))) return false;
    return this.#wrongType('true or false');
  }

  integer(min: number, max: number): number {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) return this.#wrongType('a whole number');
    return number < min || number > max ? this.fail(`expected ${min} to ${max}, found ${number}`) : number;
  }

  choice<C extends string>(...known: readonly C[]): C {
    const text = this.text();
    if ((known as readonly string[]).includes(text)) return text as C;
    return this.fail(`expected ${known.join(', ')}, found ${shown(text)}${didYouMean(text, known)}`);
  }

  fail(message: string, hint?: string): never {
    throw new TestingError('bad-checks', this.path === '' ? message : `${this.path}: ${message}`, {
      hint,
      location: this.#place(...this.#range()),
    });
  }

  #wrongType(expected: string): never {
    const node = this.#node;
    const found = isMap(node) ? 'keys with values' : isSeq(node) ? 'a list' : shown((node as Scalar).value);
    return this.fail(`expected ${expected}, found ${found}`);
  }

  #below(node: Node | null, name: string): YamlValue {
    const path = name.startsWith('[') ? `${this.path}${name}` : [this.path, name].filter(Boolean).join('.');
    return new YamlValue(this.#source, node ?? new Scalar(null), path, this.#depth + 1);
  }

  #range(): [number, number] {
    const [start, end] = this.#node.range ?? [0, 0];
    return [start, end];
  }

  #place(start: number, end: number): SourceLocation & { line: number } {
    const { lines, file, text } = this.#source;
    const from = lines.linePos(start);
    const to = lines.linePos(end);
    const line = Math.max(1, from.line);
    return {
      file,
      line,
      column: Math.max(1, from.col),
      ...(to.line === line && to.col > from.col ? { endLine: line, endColumn: to.col } : {}),
      text,
    };
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return String(value);
}
