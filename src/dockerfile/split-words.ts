/** Gathers the pieces of an expanded text into words: blanks that came from neither quotes nor escapes separate them. */
export class SplitWords {
  readonly list: string[] = [];
  #word: string[] = [];

  /** `splits`: blanks in it separate words. */
  add(text: string, splits: boolean): void {
    if (!splits) {
      if (text !== '') this.#word.push(text);
      return;
    }
    if (!/\s/.test(text)) {
      if (text !== '') this.#word.push(text);
      return;
    }
    const parts = text.split(/\s+/);
    parts.forEach((part, index) => {
      if (index > 0) this.end();
      if (part !== '') this.#word.push(part);
    });
  }

  end(): string[] {
    if (this.#word.length > 0) this.list.push(this.#word.join(''));
    this.#word = [];
    return this.list;
  }
}
