/** What `github`, `steps`, `needs`, … hold while an expression is worked out. */
export type Contexts = Record<string, unknown>;

const TOKEN = /\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||[!().,[\]*]))/y;

/** Works out `${{ … }}` in a text as GitHub does, as far as our examples need it; one expression alone keeps its type. */
export function evaluateText(text: unknown, contexts: Contexts): unknown {
  if (typeof text !== 'string') return text;
  const alone = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text);
  if (alone) return evaluate(alone[1]!, contexts);
  return text.replace(/\$\{\{((?:(?!\}\}).)*)\}\}/gs, (_, expression: string) => shown(evaluate(expression, contexts)));
}

/** A value as text: nothing is empty. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function evaluate(expression: string, contexts: Contexts): unknown {
  return new Evaluation(expression, contexts).whole();
}

class Evaluation {
  readonly #tokens: string[] = [];
  readonly #contexts: Contexts;
  #at = 0;

  constructor(expression: string, contexts: Contexts) {
    this.#contexts = contexts;
    TOKEN.lastIndex = 0;
    const text = expression.trim();
    while (TOKEN.lastIndex < text.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) throw new Error(`expression: what is "${text.slice(from)}"?`);
      this.#tokens.push(match[0].trim());
    }
  }

  whole(): unknown {
    const value = this.#or();
    if (this.#at < this.#tokens.length) throw new Error(`expression: unexpected ${this.#tokens[this.#at]}`);
    return value;
  }

  #or(): unknown {
    let value = this.#and();
    while (this.#take('||')) {
      const right = this.#and();
      value = value || right;
    }
    return value;
  }

  #and(): unknown {
    let value = this.#equal();
    while (this.#take('&&')) {
      const right = this.#equal();
      value = value && right;
    }
    return value;
  }

  #equal(): unknown {
    const value = this.#unary();
    for (const operator of ['==', '!='])
      if (this.#take(operator)) return (shown(value) === shown(this.#unary())) === (operator === '==');
    return value;
  }

  #unary(): unknown {
    if (this.#take('!')) return !this.#unary();
    if (this.#take('(')) {
      const value = this.#or();
      this.#need(')');
      return value;
    }
    const token = this.#tokens[this.#at++] ?? '';
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^\d/.test(token)) return Number(token);
    if (['true', 'false'].includes(token)) return token === 'true';
    if (token === 'null') return null;
    if (this.#take('(')) return this.#call(token);
    if (!(token in this.#contexts)) throw new Error(`expression: there is no ${token}`);
    let value = this.#contexts[token];
    for (;;) {
      if (this.#take('.')) value = (value as Contexts | undefined)?.[this.#tokens[this.#at++] ?? ''];
      else if (this.#take('[')) {
        value = (value as Contexts | undefined)?.[shown(this.#or())];
        this.#need(']');
      } else return value;
    }
  }

  #call(name: string): unknown {
    const values: unknown[] = [];
    while (!this.#take(')')) {
      values.push(this.#or());
      this.#take(',');
    }
    switch (name) {
      case 'format':
        return shown(values[0]).replace(/\{(\d+)\}/g, (_, i: string) => shown(values[Number(i) + 1]));
      case 'fromJSON':
        return JSON.parse(shown(values[0]));
      case 'always':
        return true;
      case 'success':
        return this.#contexts.failed !== true;
      case 'cancelled':
        return false;
      case 'failure':
        return this.#contexts.failed === true;
      default:
        throw new Error(`expression: there is no function ${name}`);
    }
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw new Error(`expression: expected ${token}, found ${this.#tokens[this.#at]}`);
  }
}
