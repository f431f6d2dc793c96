import { isMap, isSeq, LineCounter, type Node, type Scalar } from 'yaml';
import type { SourceLocation } from '../../errors.ts';
import { ConfigError } from './error.ts';
import { expectedOf, type Shape } from './shape.ts';

/** The text of a pipeline file: tells where things are in it, and what is wrong there. */
export class ConfigSource {
  readonly text: string;
  readonly file: string;
  /** Filled by the parser. */
  readonly lines = new LineCounter();

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  wrongType(node: Node, shape: Shape, path: string, value?: unknown): ConfigError {
    const found = isMap(node) ? 'keys with values' : isSeq(node) ? 'a list' : shown(value ?? (node as Scalar).value);
    return this.wrong('wrong-type', node, `${path || 'the file'}: expected ${expectedOf(shape)}, found ${found}`);
  }

  wrong(code: ConfigError['code'], node: Node, message: string, more: { hint?: string } = {}): ConfigError {
    return new ConfigError(code, message, { ...more, location: this.placeOf(node) });
  }

  placeOf(node: Node): SourceLocation {
    const [start, end] = node.range ?? [0, 0];
    return this.place(start, end);
  }

  place(start: number, end: number): SourceLocation {
    const from = this.lines.linePos(start);
    const to = this.lines.linePos(end);
    const line = Math.max(1, from.line);
    return {
      file: this.file,
      line,
      column: Math.max(1, from.col),
      ...(to.line === line && to.col > from.col ? { endLine: line, endColumn: to.col } : {}),
      text: this.text,
    };
  }
}

/** A value as it is named in a message. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return String(value);
}
