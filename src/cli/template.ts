import { execute } from './template/execute.ts';
import { parse } from './template/parse.ts';

export { TemplateError } from './template/error.ts';

/**
 * Reads a template in the part of Go's text/template that people use with docker's `--format`: fields, variables,
 * pipelines, if, range, with, and docker's functions. The result turns data (as from JSON) into text.
 */
export function compileTemplate(text: string): (data: unknown) => string {
  const nodes = parse(text);
  return (data) => execute(nodes, data, text);
}
