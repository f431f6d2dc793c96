/** Inputs that only sum up the files: when the files are known, they say nothing more. */
const SUMS = new Set(['content', 'files', 'from']);
/** How many changed inputs are named before the rest is only counted. */
const SHOWN = 5;

/**
 * Why a step was not cached, as sentences: its inputs against those of the last time it was executed. Inputs are named
 * `instruction`, `base`, `arg:NAME`, `env:NAME`, `file:PATH`, … and hold digests or text, never a secret.
 */
export function explainMiss(
  previous: Readonly<Record<string, string>> | undefined,
  current: Readonly<Record<string, string>>,
  standsOn = 'what it stands on',
): string[] {
  if (previous === undefined) return ['not cached: there is no earlier build of this step'];
  const names = new Set([...Object.keys(previous), ...Object.keys(current)]);
  const changed = [...names].filter((name) => previous[name] !== current[name]);
  // A digest over all files says nothing that the files themselves do not say.
  const files = changed.filter((name) => name.startsWith('file:'));
  const told = files.length === 0 ? changed : changed.filter((name) => !SUMS.has(name.split(':')[0]!));
  if (told.length === 0) return ['not cached: nothing changed, but its record or its layer is gone from the cache'];
  const lines = told
    .slice(0, SHOWN)
    .map((name) => `not cached: ${sentence(name, previous[name], current[name], standsOn)}`);
  if (told.length > SHOWN) lines.push(`not cached: and ${told.length - SHOWN} more changes`);
  return lines;
}

function sentence(name: string, before: string | undefined, now: string | undefined, standsOn: string): string {
  const [kind, ...rest] = name.split(':');
  const what = rest.join(':');
  const how = before === undefined ? 'is new' : now === undefined ? 'is gone' : 'changed';
  switch (kind) {
    case 'file':
      return `file ${what} ${how}`;
    case 'arg':
      return `build argument ${what} ${how}${values(before, now)}`;
    case 'env':
      return `environment variable ${what} ${how}${values(before, now)}`;
    case 'base':
      return `${standsOn} changed`;
    case 'from':
      return `${what === '' ? 'what it copies from' : what} changed`;
    case 'instruction':
      return `the instruction changed${values(before, now)}`;
    case 'content':
    case 'files':
      return 'the content of what it reads changed';
    default:
      return `${name} ${how}${values(before, now)}`;
  }
}

/** Digests say nothing to a reader; long texts are cut. */
function values(before: string | undefined, now: string | undefined): string {
  if (before === undefined || now === undefined) return '';
  if (/^sha256:/.test(before) || /^sha256:/.test(now)) return '';
  return `: was ${cut(before)}, is ${cut(now)}`;
}

function cut(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
