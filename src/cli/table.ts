import type { Writable } from 'node:stream';
import { compileTemplate } from './template.ts';

/** One column: its heading, what it shows of a row, and the name by which `--format` templates ask for it. */
export interface Column<Row> {
  name: string;
  heading: string;
  value(row: Row): string;
  /** Only for templates: not in the plain table. */
  hidden?: boolean;
}

/** Docker's layout: columns are at least 10 wide and 3 apart, the last one is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 10, displayWidth(cell) + 3);
  }
  return rows
    .map(
      (row) =>
        `${row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - displayWidth(cell)))).join('')}\n`,
    )
    .join('');
}

/**
 * Prints rows as `--format` says: nothing or `table` (with headings), `table TEMPLATE`, `json` (one object a line), or a
 * Go template for each row. Templates see each column under its name.
 */
export function printRows<Row>(
  out: Writable,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  format: string | undefined,
): void {
  const data = rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, column.value(row)])));
  const wanted = format?.trim();
  if (wanted === undefined || wanted === '' || wanted === 'table') {
    const shown = columns.filter((column) => !column.hidden);
    out.write(formatTable([shown.map((c) => c.heading), ...data.map((row) => shown.map((c) => row[c.name]!))]));
  } else if (wanted === 'json') {
    for (const row of data)
      out.write(`${JSON.stringify(Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))}\n`);
  } else if (/^table\s/.test(wanted)) {
    const template = compileTemplate(unescapeFormat(wanted.slice('table'.length).trimStart()));
    const headings = Object.fromEntries(columns.map((column) => [column.name, column.heading]));
    out.write(formatTable([headings, ...data].map((row) => template(row).split('\t'))));
  } else {
    const template = compileTemplate(unescapeFormat(wanted));
    for (const row of data) out.write(`${template(row)}\n`);
  }
}

/** Docker reads `\t` and `\n` in a format: shells pass them on as two characters. */
export function unescapeFormat(format: string): string {
  return format.replace(/\\([tn])/g, (_, letter: string) => (letter === 't' ? '\t' : '\n'));
}

function displayWidth(text: string): number {
  return [...text].length;
}
