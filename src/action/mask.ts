/** Shorter texts would blacken half the log: `1`, `no`. */
const SHORTEST = 3;

/**
 * Everything that must not be read in the log because of one secret: itself, each of its lines, what JSON makes of it,
 * and the base64 forms in which it travels, at any offset of a longer text.
 */
export function maskedForms(secret: string): string[] {
  const forms = new Set<string>();
  const add = (text: string): void => {
    const trimmed = text.trim();
    if (trimmed.length >= SHORTEST) forms.add(trimmed);
  };
  add(secret);
  for (const line of secret.split(/\r?\n/)) {
    // a brace or `-----BEGIN` alone says nothing, and would be hidden everywhere
    if (line.trim().length >= 6 || line === secret) add(line);
  }
  const json = JSON.stringify(secret).slice(1, -1);
  if (json !== secret) add(json);
  if (secret.trim().length >= 6) {
    for (const form of [Buffer.from(secret).toString('base64'), ...innerBase64(secret)]) add(form);
    add(Buffer.from(secret).toString('base64url'));
    add(encodeURIComponent(secret));
  }
  return [...forms];
}

/** The form of basic authentication, which holds the password at an offset that depends on the user's name. */
export function basicForms(username: string, password: string): string[] {
  return [Buffer.from(`${username}:${password}`).toString('base64')];
}

/** The middle of base64 texts that contain the secret: its first and last groups depend on the neighbours. */
function innerBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // four characters in front are the neighbour's, the last may be
    return shifted.slice(4, Math.floor((offset + bytes.length) / 3) * 4);
  });
}
