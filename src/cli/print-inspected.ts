import type { Writable } from 'node:stream';
import { unescapeFormat } from './table.ts';
import { compileTemplate } from './template.ts';

/** Prints what an `inspect` found: a JSON list, a line of JSON each, or a template each. */
export function printInspected(out: Writable, objects: readonly object[], format: string | undefined): void {
  if (format === undefined || format === '') out.write(`${JSON.stringify(objects, null, 4)}\n`);
  else if (format === 'json') for (const object of objects) out.write(`${JSON.stringify(object)}\n`);
  else {
    const template = compileTemplate(unescapeFormat(format));
    for (const object of objects) out.write(`${template(object)}\n`);
  }
}
