/** A version of PEP 440, normalised as its appendix B says: `1!2.3rc1.post2.dev3+local.1`. */
export interface PythonVersion {
  raw: string;
  /** Normalised, whole. */
  version: string;
  major: number;
  minor: number;
  patch: number;
  /** A pre-, post- or development release. */
  unusual: boolean;
}

const PATTERN = new RegExp(
  [
    '^v?(?:(?<epoch>\\d+)!)?(?<release>\\d+(?:\\.\\d+)*)',
    '(?:[-_.]?(?<preName>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?<preNumber>\\d+)?)?',
    '(?<post>-(?<postShort>\\d+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>\\d+)?)?',
    '(?<dev>[-_.]?dev[-_.]?(?<devNumber>\\d+)?)?',
    '(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$',
  ].join(''),
  'i',
);

const PRE: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' };

export function parsePep440(text: string): PythonVersion | undefined {
  const groups = text.length > 256 ? undefined : PATTERN.exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const numbers = groups.release!.split('.').map(Number);
  let version = numbers.join('.');
  if (groups.epoch !== undefined && Number(groups.epoch) !== 0) version = `${Number(groups.epoch)}!${version}`;
  const pre = groups.preName?.toLowerCase();
  if (pre !== undefined) version += `${PRE[pre] ?? pre}${Number(groups.preNumber ?? 0)}`;
  if (groups.post !== undefined) version += `.post${Number(groups.postShort ?? groups.postNumber ?? 0)}`;
  if (groups.dev !== undefined) version += `.dev${Number(groups.devNumber ?? 0)}`;
  if (groups.local !== undefined) version += `+${groups.local.toLowerCase().replace(/[-_]/g, '.')}`;
  const [major = 0, minor = 0, patch = 0] = numbers;
  const unusual = pre !== undefined || groups.post !== undefined || groups.dev !== undefined;
  return { raw: text, version, major, minor, patch, unusual };
}
