import { ContainerizeError } from '../../errors.ts';

/** A mistake in a `--format` template, or a field that is not there. */
export class TemplateError extends ContainerizeError<'bad-template'> {
  constructor(text: string, offset: number, what: string, hint?: string) {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - (before.lastIndexOf('\n') + 1) + 1;
    super('bad-template', `template: ${what}`, { hint, location: { file: '--format', line, column, text } });
  }
}
