import { ContainerizeError, causesOf, messageOf, type SourceLocation } from '../errors.ts';
import { paint } from './paint.ts';

/** The whole text for an error that reached the user: what, where in his text, why, what to do next. Stacks only when asked. */
export function formatError(error: unknown, options: { debug?: boolean; color?: boolean } = {}): string {
  const color = paint(options.color ?? false);
  const chain = causesOf(error);
  const lines = [`${color.red('error:')} ${clean(messageOf(error))}`];
  const located = chain.find((e): e is ContainerizeError => e instanceof ContainerizeError && e.location !== undefined);
  if (located?.location !== undefined) lines.push(...excerpt(located.location, color));
  let said = messageOf(error);
  for (const cause of chain.slice(1)) {
    const message = messageOf(cause);
    // an outer message often quotes its cause already
    if (message !== '' && !said.includes(message)) lines.push(`  because: ${clean(message)}`);
    said += message;
  }
  const hint = chain.find((e): e is ContainerizeError => e instanceof ContainerizeError && e.hint !== undefined)?.hint;
  if (hint !== undefined) lines.push(`${color.cyan('hint:')} ${clean(hint)}`);
  if (options.debug)
    for (const e of chain) if (e instanceof Error && e.stack !== undefined) lines.push(color.dim(e.stack));
  return `${lines.join('\n')}\n`;
}

/** The lines around a location with the guilty ones marked, and a caret line under the columns when they are known. */
export function excerpt(location: SourceLocation, color = paint(false)): string[] {
  const { file, line, column } = location;
  const title = `  --> ${file}:${line}${column === undefined ? '' : `:${column}`}`;
  if (location.text === undefined) return [title];
  const text = location.text.split(/\r?\n/);
  const endLine = Math.min(location.endLine ?? line, line + 9);
  const first = Math.max(1, line - 2);
  const last = Math.min(text.length, endLine + 2);
  const width = String(last).length;
  const rows = [title];
  for (let n = first; n <= last; n++) {
    const guilty = n >= line && n <= endLine;
    const content = clean(text[n - 1] ?? '').replaceAll('\t', ' ');
    const row = `${guilty ? '>>>' : '   '} ${String(n).padStart(width)} | ${content.slice(0, 200)}`;
    rows.push(guilty ? color.bold(row) : row);
    if (n === line && column !== undefined && column <= 200) {
      const length =
        location.endLine === undefined || location.endLine === line
          ? Math.max(1, (location.endColumn ?? column + 1) - column)
          : 1;
      rows.push(
        color.red(
          `    ${' '.repeat(width)} | ${' '.repeat(column - 1)}${'^'.repeat(Math.min(length, 200 - column + 1))}`,
        ),
      );
    }
  }
  return rows;
}

/** Text from images and registries must not steer the user's terminal. */
function clean(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
}
