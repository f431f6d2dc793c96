import { formatExcerpt, formatPlace } from '../dockerfile/excerpt.ts';
import { ContainerizeError, causesOf, messageOf, type SourceLocation } from '../errors.ts';
import { type Paint, paint } from './paint.ts';

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

/** The lines around a place, the guilty ones marked; the place alone when its text is not known. */
function excerpt(location: SourceLocation, color: Paint): string[] {
  const text = formatExcerpt(location);
  if (text === '') return [`  --> ${formatPlace(location)}`];
  return text.split('\n').map((line) => (line.includes(' | >>>') ? color.bold(clean(line)) : clean(line)));
}

/** Text from images and registries must not steer the user's terminal, nor a name of megabytes fill it. */
function clean(text: string): string {
  const short = text.replace(/\S{1200,}/g, (word) => `${word.slice(0, 300)}…${word.slice(-100)}`);
  return short.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
}
