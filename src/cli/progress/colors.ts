/** What BUILDKIT_COLORS can name. */
export type ColorName = 'run' | 'cancel' | 'error' | 'warning';

const NAMED: Record<string, string> = {
  black: '30',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  white: '37',
};

const DEFAULTS: Record<ColorName, string> = { run: '34', cancel: '33', error: '31', warning: '33' };

/** Paints text in the colours of `BUILDKIT_COLORS=run=green:error=255,0,0`; plain when NO_COLOR is set. */
export function stepColors(
  env: Readonly<Record<string, string | undefined>>,
): (name: ColorName, text: string) => string {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return (_name, text) => text;
  const codes = { ...DEFAULTS };
  for (const field of (env.BUILDKIT_COLORS ?? '').split(':')) {
    const [name, value = ''] = field.split('=');
    if (name === undefined || !(name in codes)) continue;
    const rgb = /^(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(value);
    if (rgb?.slice(1).every((n) => Number(n) <= 255)) codes[name as ColorName] = `38;2;${rgb!.slice(1).join(';')}`;
    else if (Object.hasOwn(NAMED, value.toLowerCase())) codes[name as ColorName] = NAMED[value.toLowerCase()]!;
  }
  return (name, text) => `\u001b[${codes[name]}m${text}\u001b[0m`;
}
