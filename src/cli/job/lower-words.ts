import { lowerCased } from '../../pipeline/publish/names.ts';

/**
 * Flags of a build with the names of repositories in lower case, in caches and outputs too: a workflow says
 * `ref=ghcr.io/${{ github.repository }}:cache`, and owners may have capitals.
 */
export function lowerCasedWords(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, i) => {
    if (end >= 0 && i >= end) return word;
    const [, flag, spec] = /^(--cache-from|--cache-to|--output)=(.*)$/s.exec(word) ?? [];
    if (flag === undefined || spec === undefined) return word;
    if (flag !== '--output' && !spec.includes('=')) return `${flag}=${lowerCased(spec, () => {})}`;
    // quotes hold several names
    const lower = spec.replace(/(^|,)(ref|name)=([^",]+)|"name=([^"]+)"/g, (whole, before = '', key, one, several) =>
      several === undefined
        ? `${before}${key}=${lowerCased(one, () => {})}`
        : whole.startsWith('"')
          ? `"name=${several
              .split(',')
              .map((name: string) => lowerCased(name, () => {}))
              .join(',')}"`
          : whole,
    );
    return `${flag}=${lower}`;
  });
}
