import type { ProgressMode, Renderer, RendererOptions } from './renderer.ts';

/** The renderer of a mode; `auto` is `tty` on a terminal that can move its cursor, else `plain`. */
export async function openRenderer(mode: ProgressMode, options: RendererOptions): Promise<Renderer> {
  const { isTerminal, env } = options;
  const chosen = mode !== 'auto' ? mode : isTerminal && env.TERM !== 'dumb' ? 'tty' : 'plain';
  switch (chosen) {
    case 'tty':
      return new (await import('./tty.ts')).TtyRenderer(options);
    case 'rawjson':
      return new (await import('./rawjson.ts')).RawJsonRenderer(options);
    case 'quiet':
      return new (await import('./quiet.ts')).QuietRenderer(options);
    default:
      return new (await import('./plain.ts')).PlainRenderer(options);
  }
}
