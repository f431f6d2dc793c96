import { isScalar, type Node, Scalar } from 'yaml';
import { InterpolationError, interpolate } from '../../compose/interpolate.ts';
import { didYouMean } from '../../errors.ts';
import { ConfigError } from './error.ts';
import { expectedOf, type Shape } from './shape.ts';
import { type ConfigSource, shown } from './source.ts';

/** Reads single values: variables put in, then of the kind that a shape wants. */
export class Scalars {
  readonly warnings: string[] = [];
  readonly #source: ConfigSource;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(source: ConfigSource, env: Readonly<Record<string, string | undefined>>) {
    this.#source = source;
    this.#env = env;
  }

  /** @throws ConfigError */
  value(node: Node, shape: Shape, path: string): unknown {
    if (!isScalar(node)) throw this.#source.wrongType(node, shape, path);
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
        if (typeof value !== 'boolean') throw this.#source.wrongType(node, shape, path, value);
        return value;
      case 'number': {
        const number = wasText && /^\d+(\.\d+)?$/.test(value as string) ? Number(value) : value;
        if (typeof number !== 'number') throw this.#source.wrongType(node, shape, path, value);
        if (number < shape.min || number > shape.max || (shape.integer && !Number.isInteger(number)))
          throw this.#source.wrong(
            'bad-value',
            node,
            `${path}: expected ${shape.min} to ${shape.max}, found ${number}`,
          );
        return number;
      }
      case 'choice':
        if (typeof value !== 'string' || !shape.of.includes(value))
          throw this.#source.wrong(
            'bad-value',
            node,
            `${path}: expected ${shape.of.join(', ')}, found ${shown(value)}${didYouMean(String(value), shape.of)}`,
          );
        return value;
      default: {
        if (shape.kind !== 'text') throw this.#source.wrongType(node, shape, path);
        if (value === null && shape.nothing) return null;
        if (typeof value === 'boolean' && shape.nothing) return String(value);
        // 1.10 stays 1.10: the text as it was written
        const written = typeof value === 'number' ? (node.source ?? String(value)) : value;
        if (typeof written !== 'string') throw this.#source.wrongType(node, shape, path, value);
        if (shape.pattern !== undefined && !new RegExp(shape.pattern).test(written))
          throw this.#source.wrong('bad-value', node, `${path}: expected ${expectedOf(shape)}, found "${written}"`);
        return written;
      }
    }
  }

  /** Whether a text with variables comes to true or false. */
  isFlag(text: string): boolean {
    return text.includes('$') && /^(true|false)$/.test(interpolate(text, (name) => this.#env[name]).text);
  }

  #interpolated(text: string, node: Scalar, path: string): string {
    try {
      const { text: put, unset } = interpolate(text, (name) => this.#env[name]);
      for (const name of unset) {
        const { line } = this.#source.placeOf(node);
        this.warnings.push(
          `${this.#source.file}:${line}: ${path}: the variable ${name} is not set, empty text stands for it`,
        );
      }
      return put;
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      const start = node.range?.[0] ?? 0;
      const quote = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0;
      // in blocks and with escapes the value's offsets are not the file's: look the piece up
      const piece = text.slice(error.offset, error.offset + 12).split('\n')[0]!;
      const at = this.#source.text.indexOf(piece, start + quote);
      throw new ConfigError('bad-variable', `${path}: ${error.message}`, {
        hint: error.hint,
        location: this.#source.place(at < 0 ? start : at, (at < 0 ? start : at) + piece.length),
      });
    }
  }
}
