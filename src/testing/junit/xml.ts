import { TestingError } from '../error.ts';

/** Hears the parts of a document in order. Names are as written, with their prefix. */
export interface XmlHandler {
  open(name: string, attributes: ReadonlyMap<string, string>): void;
  text(text: string): void;
  close(name: string): void;
}

/** What a report may have; more is an attack, or no report. */
const MOST_DEPTH = 100;
const MOST_ATTRIBUTES = 100;
const MOST_ELEMENTS = 2_000_000;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;

/**
 * Reads XML 1.0 (fifth edition) as reports of tests have it: elements, attributes, text, CDATA, comments, processing
 * instructions. A document type is refused, and with it every entity but the five and character references: nothing in
 * the document can grow, and nothing is fetched.
 *
 * @throws TestingError `bad-junit` with the place
 */
export function parseXml(document: string, file: string, handler: XmlHandler): void {
  new Reader(document.charCodeAt(0) === 0xfeff ? document.slice(1) : document, file, handler).read();
}

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #handler: XmlHandler;
  readonly #path: string[] = [];
  #at = 0;
  #elements = 0;

  constructor(text: string, file: string, handler: XmlHandler) {
    this.#text = text;
    this.#file = file;
    this.#handler = handler;
  }

  read(): void {
    let roots = 0;
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('<', this.#at);
      const end = next < 0 ? this.#text.length : next;
      if (end > this.#at) this.#characters(this.#text.slice(this.#at, end), this.#at);
      this.#at = end;
      if (next < 0) break;
      if (this.#starts('<!--')) this.#skipTo('-->', 'a comment');
      else if (this.#starts('<![CDATA[')) this.#cdata();
      else if (this.#starts('<?')) this.#skipTo('?>', 'a processing instruction');
      else if (this.#starts('<!')) this.#fail('a document type (<!DOCTYPE) is not allowed in a report');
      else if (this.#starts('</')) this.#close();
      else {
        if (this.#path.length === 0 && roots++ > 0) this.#fail('one root element is expected, found another one');
        this.#open();
      }
    }
    if (this.#path.length > 0) this.#fail(`the element ${this.#path.at(-1)} does not end`);
    if (roots === 0) this.#fail('no element is in it');
  }

  #starts(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #skipTo(end: string, what: string): void {
    const found = this.#text.indexOf(end, this.#at + 2);
    if (found < 0) this.#fail(`${what} does not end`);
    this.#at = found + end.length;
  }

  #cdata(): void {
    const begin = this.#at + '<![CDATA['.length;
    const end = this.#text.indexOf(']]>', begin);
    if (end < 0) this.#fail('a CDATA section does not end');
    if (this.#path.length > 0) this.#handler.text(this.#text.slice(begin, end));
    this.#at = end + 3;
  }

  #characters(text: string, at: number): void {
    if (this.#path.length > 0) this.#handler.text(this.#decoded(text, at));
    else if (text.trim() !== '') this.#fail('text outside of the root element');
  }

  #open(): void {
    if (++this.#elements > MOST_ELEMENTS) this.#fail(`more than ${MOST_ELEMENTS} elements`);
    const start = this.#at++;
    const name = this.#name('an element');
    const attributes = new Map<string, string>();
    for (;;) {
      const spaced = this.#space();
      if (this.#starts('/>') || this.#starts('>')) break;
      if (this.#at >= this.#text.length) this.#fail(`the element ${name} does not end`, start);
      if (!spaced) this.#fail(`a space is expected in the element ${name}`);
      const key = this.#name('an attribute');
      this.#space();
      if (this.#text[this.#at++] !== '=') this.#fail(`a value is expected: ${key}="…"`, this.#at - 1);
      this.#space();
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") this.#fail(`a quoted value is expected: ${key}="…"`);
      const end = this.#text.indexOf(quote!, this.#at + 1);
      if (end < 0) this.#fail(`the value of ${key} does not end`);
      attributes.set(key, this.#decoded(this.#text.slice(this.#at + 1, end), this.#at + 1));
      if (attributes.size > MOST_ATTRIBUTES) this.#fail(`more than ${MOST_ATTRIBUTES} attributes`, start);
      this.#at = end + 1;
    }
    this.#handler.open(name, attributes);
    if (this.#starts('/>')) {
      this.#handler.close(name);
      this.#at += 2;
      return;
    }
    this.#at++;
    this.#path.push(name);
    if (this.#path.length > MOST_DEPTH) this.#fail(`elements are nested deeper than ${MOST_DEPTH}`, start);
  }

  #close(): void {
    const start = this.#at;
    this.#at += 2;
    const name = this.#name('an element');
    this.#space();
    if (this.#text[this.#at++] !== '>') this.#fail(`the end tag of ${name} does not end`, start);
    const open = this.#path.pop();
    if (open !== name)
      this.#fail(
        `${open === undefined ? 'no end tag' : `the end tag of ${open}`} is expected, found that of ${name}`,
        start,
      );
    this.#handler.close(name);
  }

  #name(what: string): string {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text)?.[0];
    if (found === undefined || found.length > 1000) return this.#fail(`the name of ${what} is expected`);
    this.#at += found.length;
    return found;
  }

  #space(): boolean {
    const start = this.#at;
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#at > start;
  }

  #decoded(text: string, at: number): string {
    if (!text.includes('&')) return text;
    return text.replace(/&([^;&\s]{0,40};?)/g, (all, inner: string, offset: number) => {
      const name = inner.endsWith(';') ? inner.slice(0, -1) : undefined;
      if (name === undefined) return this.#fail('"&" without the name of a character; &amp; is meant', at + offset);
      const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
      const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined;
      // some writers escape what XML has no place for at all: better a sign for it than no report
      if (code !== undefined)
        return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
          ? String.fromCodePoint(code)
          : '\ufffd';
      if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name]!;
      return this.#fail(`unknown entity ${all}`, at + offset);
    });
  }

  #fail(message: string, at = this.#at): never {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    throw new TestingError('bad-junit', `${this.#file}:${line}:${column}: not a report that can be read: ${message}`);
  }
}
