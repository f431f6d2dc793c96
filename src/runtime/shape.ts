/**
 * Checks the shape of JSON from outside, with the path of what is wrong. Unknown fields are let through, as the
 * specification wants; `null` counts as absent, since Go writes it for empty lists.
 */
import { didYouMean } from '../errors.ts';

/** Adds one sentence for each thing that is wrong. `path` is where we are: `linux.namespaces[2].type`. */
export type Shape = (value: unknown, path: string, problems: string[]) => void;

interface Field {
  shape: Shape;
  required: boolean;
}

export function optional(shape: Shape): Field {
  return { shape, required: false };
}

export function required(shape: Shape): Field {
  return { shape, required: true };
}

/** What was found, short enough for a message. */
function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function expect(problems: string[], path: string, what: string, value: unknown): void {
  problems.push(`${path}: expected ${what}, found ${found(value)}`);
}

export const anything: Shape = () => {};

export const boolean: Shape = (value, path, problems) => {
  if (typeof value !== 'boolean') expect(problems, path, 'true or false', value);
};

export const text: Shape = (value, path, problems) => {
  if (typeof value !== 'string') expect(problems, path, 'a string', value);
  else if (value.includes('\0')) problems.push(`${path}: a NUL character is not allowed`);
};

export const nonEmptyText: Shape = (value, path, problems) => {
  if (value === '') expect(problems, path, 'a string that is not empty', value);
  else text(value, path, problems);
};

export const absolutePath: Shape = (value, path, problems) => {
  if (typeof value !== 'string' || !value.startsWith('/')) expect(problems, path, 'an absolute path', value);
  else text(value, path, problems);
};

export function integer(least: number, most: number): Shape {
  return (value, path, problems) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
    expect(problems, path, `a whole number from ${least} to ${most}`, value);
  };
}

/** -1 upwards; numbers above 2^53 are read as they came. */
export const limit: Shape = (value, path, problems) => {
  if (typeof value === 'number' && value >= -1 && value <= 2 ** 64) return;
  expect(problems, path, 'a whole number, -1 for no limit', value);
};

export const signed: Shape = (value, path, problems) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) expect(problems, path, 'a whole number', value);
};

export const unsigned: Shape = (value, path, problems) => {
  if (typeof value === 'bigint' && value < 2n ** 64n) return;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 64) return;
  expect(problems, path, 'a whole number, not negative', value);
};

export const id: Shape = integer(0, 2 ** 32 - 1);

export function oneOf(choices: readonly string[]): Shape {
  return (value, path, problems) => {
    if (typeof value === 'string' && choices.includes(value)) return;
    const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
    expect(problems, path, `one of ${choices.join(', ')}`, value);
    if (hint !== '') problems.push(problems.pop()! + hint);
  };
}

export function list(item: Shape): Shape {
  return (value, path, problems) => {
    if (!Array.isArray(value)) return expect(problems, path, 'a list', value);
    value.forEach((one, i) => {
      item(one, `${path}[${i}]`, problems);
    });
  };
}

/** An object with free keys. */
export function map(item: Shape): Shape {
  return (value, path, problems) => {
    if (!isObject(value)) return expect(problems, path, 'an object', value);
    for (const [key, one] of Object.entries(value)) {
      if (key === '') problems.push(`${path}: a key must not be empty`);
      item(one, `${path}["${key}"]`, problems);
    }
  };
}

export function object(fields: Record<string, Field>): Shape {
  return (value, path, problems) => {
    if (!isObject(value)) return expect(problems, path || 'the document', 'an object', value);
    for (const [name, { shape, required: must }] of Object.entries(fields)) {
      const here = path === '' ? name : `${path}.${name}`;
      const one = value[name];
      if (one !== undefined && one !== null) shape(one, here, problems);
      else if (must) problems.push(`${here}: is required`);
    }
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes out every `null`, at any depth: after this absent means absent. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null)
      .map(([key, one]) => [key, withoutNulls(one)]),
  );
}
