/** One way to log in that a server offers in WWW-Authenticate. */
export interface Challenge {
  /** Lower-case: `basic`, `bearer`. */
  scheme: string;
  /** Names lower-case. */
  parameters: Readonly<Record<string, string>>;
}

/**
 * Reads WWW-Authenticate, RFC 9110 § 11.6.1: several challenges in one header or in several, parameters quoted or not,
 * commas inside quotes. What cannot be read is left out.
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  // A parameter `name=value` belongs to the scheme before it; a word without `=` begins a new challenge.
  const token =
    /\s*,?\s*(?:([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([!#$%&'*+.^_`|~\w-]+)(?=\s|,|$))/gy;
  for (let match = token.exec(text); match !== null && match[0] !== ''; match = token.exec(text)) {
    const [, name, quoted, plain, scheme] = match;
    const current = found.at(-1);
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: {} });
    else if (current === undefined) break;
    else current.parameters[name!.toLowerCase()] = quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1');
  }
  return found;
}
