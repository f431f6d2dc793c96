import { didYouMean } from '../../errors.ts';
import { TemplateError } from './error.ts';
import { FUNCTIONS } from './functions.ts';
import type { Node, Operand, Pipeline } from './parse.ts';
import { isTrue, printValue } from './values.ts';

interface Scope {
  variables: Map<string, unknown>;
  outer: Scope | undefined;
}

/** Fills a template with data. */
export function execute(nodes: readonly Node[], data: unknown, text: string): string {
  const run = new Execution(text);
  run.list(nodes, data, { variables: new Map([['', data]]), outer: undefined });
  return run.output;
}

class Execution {
  output = '';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Tells how it ended: a {{break}} or {{continue}} leaves the lists around it too. */
  list(nodes: readonly Node[], dot: unknown, scope: Scope): 'break' | 'continue' | undefined {
    for (const node of nodes) {
      const leave = this.#node(node, dot, scope);
      if (leave) return leave;
    }
    return undefined;
  }

  #node(node: Node, dot: unknown, scope: Scope): 'break' | 'continue' | undefined {
    switch (node.kind) {
      case 'text':
        this.output += node.text;
        return undefined;
      case 'print': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        if (node.pipeline.variables.length === 0) this.output += printValue(value);
        return undefined;
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'range':
        this.#range(node, dot, scope);
        return undefined;
      default: {
        const inner: Scope = { variables: new Map(), outer: scope };
        const value = this.#pipeline(node.pipeline, dot, inner);
        if (isTrue(value)) return this.list(node.body, node.kind === 'with' ? value : dot, inner);
        return this.list(node.otherwise, dot, inner);
      }
    }
  }

  #range(node: Extract<Node, { kind: 'range' }>, dot: unknown, scope: Scope): void {
    const value = this.#commands(node.pipeline, dot, scope);
    const entries = this.#entries(value, node.pipeline.offset);
    if (entries.length === 0) {
      this.list(node.otherwise, dot, { variables: new Map(), outer: scope });
      return;
    }
    const names = node.pipeline.variables;
    for (const [key, element] of entries) {
      const inner: Scope = { variables: new Map(), outer: scope };
      if (names.length === 1) inner.variables.set(names[0]!, element);
      if (names.length === 2) inner.variables.set(names[0]!, key).set(names[1]!, element);
      if (this.list(node.body, element, inner) === 'break') return;
    }
  }

  #entries(value: unknown, offset: number): [unknown, unknown][] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value.map((element, i) => [i, element]);
    if (typeof value === 'number') return Array.from({ length: Math.max(0, value) }, (_, i) => [i, i]);
    if (typeof value === 'object') return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    throw new TemplateError(this.#text, offset, `range cannot go over ${printValue(value)}`);
  }

  #pipeline(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    const value = this.#commands(pipeline, dot, scope);
    for (const name of pipeline.variables) {
      if (pipeline.declares) scope.variables.set(name, value);
      else this.#holder(name, scope, pipeline.offset).set(name, value);
    }
    return value;
  }

  #commands(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    let piped: { value: unknown } | undefined;
    for (const command of pipeline.commands) piped = { value: this.#command(command, piped, dot, scope) };
    return piped!.value;
  }

  #command(operands: readonly Operand[], piped: { value: unknown } | undefined, dot: unknown, scope: Scope): unknown {
    const [first, ...rest] = operands as [Operand, ...Operand[]];
    if (first.base.kind !== 'function') {
      if (rest.length > 0 || piped)
        throw new TemplateError(
          this.#text,
          first.offset,
          'a value cannot be given arguments',
          'put a function first, such as {{index .Config.Labels "name"}}',
        );
      return this.#operand(first, dot, scope);
    }
    const { name } = first.base;
    // These two stop at the first answer: what comes after may not even be there.
    if (name === 'and' || name === 'or') {
      let value: unknown;
      for (const [i, operand] of rest.entries()) {
        value = this.#operand(operand, dot, scope);
        if (isTrue(value) === (name === 'or') || (i === rest.length - 1 && !piped)) return value;
      }
      return piped ? piped.value : value;
    }
    const args = rest.map((operand) => this.#operand(operand, dot, scope));
    if (piped) args.push(piped.value);
    return this.#fields(this.#call(name, args, first.offset), first);
  }

  #operand(operand: Operand, dot: unknown, scope: Scope): unknown {
    const { base } = operand;
    if (base.kind === 'dot') return this.#fields(dot, operand);
    if (base.kind === 'variable')
      return this.#fields(this.#holder(base.name, scope, operand.offset).get(base.name), operand);
    if (base.kind === 'literal') return this.#fields(base.value, operand);
    if (base.kind === 'function') return this.#fields(this.#call(base.name, [], operand.offset), operand);
    return this.#fields(this.#pipeline(base.pipeline, dot, { variables: new Map(), outer: scope }), operand);
  }

  #fields(start: unknown, operand: Operand): unknown {
    return operand.fields.reduce((value, { name, offset }) => {
      if (value === undefined || value === null) return undefined;
      if (typeof value === 'object' && !Array.isArray(value)) {
        if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
        // A label that is not there is no mistake; a misspelt field of a record is.
        if (!isRecord(value)) return undefined;
        throw new TemplateError(
          this.#text,
          offset,
          `there is no field "${name}"${didYouMean(name, Object.keys(value))}`,
          `fields here: ${Object.keys(value).join(', ')}`,
        );
      }
      throw new TemplateError(
        this.#text,
        offset,
        `cannot take field "${name}" of ${Array.isArray(value) ? 'a list' : printValue(value)}`,
        Array.isArray(value) ? 'use range or index' : undefined,
      );
    }, start);
  }

  #call(name: string, args: unknown[], offset: number): unknown {
    const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (call === undefined)
      throw new TemplateError(
        this.#text,
        offset,
        `function "${name}" is not defined${didYouMean(name, [...Object.keys(FUNCTIONS), 'and', 'or'])}`,
      );
    const [least, most] = call.arguments;
    if (args.length < least || args.length > most) {
      throw new TemplateError(
        this.#text,
        offset,
        `${name}: expected ${least === most ? least : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`} arguments, found ${args.length}`,
      );
    }
    try {
      return call.run(...args);
    } catch (error) {
      if (error instanceof TypeError) throw new TemplateError(this.#text, offset, `${name}: ${error.message}`);
      throw error;
    }
  }

  #holder(name: string, scope: Scope, offset: number): Map<string, unknown> {
    for (let s: Scope | undefined = scope; s !== undefined; s = s.outer) {
      if (s.variables.has(name)) return s.variables;
    }
    throw new TemplateError(this.#text, offset, `undefined variable $${name}`);
  }
}

/** Go's structs come as objects whose keys all start with a capital; other objects are maps, where a key may be missing. */
function isRecord(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[A-Z][A-Za-z0-9]*$/.test(key));
}
