import { TemplateError } from './error.ts';
import { type Piece, scan, type Token } from './scan.ts';

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if' | 'with'; pipeline: Pipeline; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] }
  | { kind: 'break' }
  | { kind: 'continue' };

/** `$a, $b := cmd | cmd`. `declares`: the variables are new, else they are set. */
export interface Pipeline {
  variables: string[];
  declares: boolean;
  commands: Operand[][];
  offset: number;
}

/** A value, and the fields taken of it: `.A.B`, `$x.A`, `(f x).A`. */
export interface Operand {
  base:
    | { kind: 'dot' }
    | { kind: 'variable'; name: string }
    | { kind: 'literal'; value: unknown }
    | { kind: 'function'; name: string }
    | { kind: 'pipeline'; pipeline: Pipeline };
  fields: { name: string; offset: number }[];
  offset: number;
}

/** Reads a whole template. */
export function parse(text: string): Node[] {
  const parser = new Parser(text, scan(text));
  const { nodes, closing } = parser.list([]);
  if (closing) throw new TemplateError(text, closing.offset, `unexpected {{${closing.word}}}`);
  return nodes;
}

class Parser {
  readonly #text: string;
  readonly #pieces: Piece[];
  #next = 0;
  #tokens: Token[] = [];
  #at = 0;
  #loops = 0;

  constructor(text: string, pieces: Piece[]) {
    this.#text = text;
    this.#pieces = pieces;
  }

  /** Nodes up to the end of the template, or to an action that starts with one of `closers`. */
  list(closers: readonly string[]): { nodes: Node[]; closing?: { word: string; offset: number } } {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.#pieces[this.#next++];
      if (piece === undefined) return { nodes };
      if (piece.kind === 'text') {
        nodes.push(piece);
        continue;
      }
      this.#tokens = piece.tokens;
      this.#at = 0;
      const first = this.#peek();
      if (first.kind === 'word' && (first.text === 'end' || first.text === 'else')) {
        if (!closers.includes(first.text)) return { nodes, closing: { word: first.text, offset: piece.offset } };
        this.#at++;
        return { nodes, closing: { word: first.text, offset: piece.offset } };
      }
      nodes.push(this.#action(first, piece.offset));
    }
  }

  #action(first: Token, offset: number): Node {
    if (first.kind === 'word') {
      if (first.text === 'if' || first.text === 'with' || first.text === 'range') {
        this.#at++;
        return this.#block(first.text, offset);
      }
      if (first.text === 'break' || first.text === 'continue') {
        if (this.#loops === 0) throw new TemplateError(this.#text, offset, `{{${first.text}}} outside {{range}}`);
        this.#at++;
        this.#expectEnd();
        return first.text === 'break' ? { kind: 'break' } : { kind: 'continue' };
      }
      if (first.text === 'define' || first.text === 'template' || first.text === 'block')
        throw new TemplateError(this.#text, offset, `{{${first.text}}} is not supported`);
    }
    const pipeline = this.#pipeline();
    this.#expectEnd();
    return { kind: 'print', pipeline };
  }

  #block(kind: 'if' | 'with' | 'range', offset: number): Node {
    const pipeline = this.#pipeline();
    this.#expectEnd();
    if (kind === 'range') this.#loops++;
    const { nodes: body, closing } = this.list(['end', 'else']);
    if (kind === 'range') this.#loops--;
    if (closing === undefined) throw new TemplateError(this.#text, offset, `{{${kind}}} without {{end}}`);
    if (closing.word === 'end') {
      this.#expectEnd();
      return { kind, pipeline, body, otherwise: [] };
    }
    const following = this.#peek();
    if (
      following.kind === 'word' &&
      (following.text === 'if' || following.text === 'with') &&
      following.text === kind
    ) {
      // {{else if}}: one {{end}} closes both.
      this.#at++;
      return { kind, pipeline, body, otherwise: [this.#block(kind, closing.offset)] };
    }
    this.#expectEnd();
    const otherwise = this.list(['end']);
    if (otherwise.closing === undefined) throw new TemplateError(this.#text, offset, `{{${kind}}} without {{end}}`);
    this.#expectEnd();
    return { kind, pipeline, body, otherwise: otherwise.nodes };
  }

  #pipeline(): Pipeline {
    const start = this.#peek();
    const { variables, declares } = this.#declaration();
    const commands = [this.#command()];
    while (this.#takeSign('|')) commands.push(this.#command());
    return { variables, declares, commands, offset: start.offset };
  }

  /** `$i, $v :=` or `$x =`; nothing is taken when it is none. */
  #declaration(): { variables: string[]; declares: boolean } {
    const start = this.#at;
    const variables: string[] = [];
    while (this.#peek().kind === 'variable') {
      variables.push(this.#take().text);
      const sign = this.#peek();
      if (sign.kind === 'sign' && (sign.text === ':=' || sign.text === '=')) {
        this.#at++;
        return { variables, declares: sign.text === ':=' };
      }
      if (!this.#takeSign(',')) break;
    }
    this.#at = start;
    return { variables: [], declares: false };
  }

  #command(): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end' || (token.kind === 'sign' && token.text !== '(')) break;
      operands.push(this.#operand());
    }
    if (operands.length === 0) throw new TemplateError(this.#text, this.#peek().offset, 'expected a value');
    return operands;
  }

  #operand(): Operand {
    const token = this.#take();
    const operand: Operand = { base: this.#base(token), fields: [], offset: token.offset };
    if (token.kind === 'field' && token.text !== '') operand.fields.push({ name: token.text, offset: token.offset });
    while (this.#peek().kind === 'field' && !this.#peek().spaced && this.#peek().text !== '') {
      const field = this.#take();
      operand.fields.push({ name: field.text, offset: field.offset });
    }
    return operand;
  }

  #base(token: Token): Operand['base'] {
    if (token.kind === 'field') return { kind: 'dot' };
    if (token.kind === 'variable') return { kind: 'variable', name: token.text };
    if (token.kind === 'string') return { kind: 'literal', value: token.text };
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.kind === 'word') {
      const constants: Record<string, unknown> = { true: true, false: false, nil: null };
      return Object.hasOwn(constants, token.text)
        ? { kind: 'literal', value: constants[token.text] }
        : { kind: 'function', name: token.text };
    }
    if (token.kind === 'sign' && token.text === '(') {
      const pipeline = this.#pipeline();
      if (!this.#takeSign(')')) throw new TemplateError(this.#text, this.#peek().offset, 'expected ")"');
      return { kind: 'pipeline', pipeline };
    }
    throw new TemplateError(
      this.#text,
      token.offset,
      `unexpected ${token.kind === 'end' ? 'end of the action' : JSON.stringify(token.text)}`,
    );
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? this.#tokens[this.#tokens.length - 1]!;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #takeSign(sign: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'sign' || token.text !== sign) return false;
    this.#at++;
    return true;
  }

  #expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== 'end')
      throw new TemplateError(this.#text, token.offset, `unexpected ${JSON.stringify(token.text)} in the action`);
  }
}
