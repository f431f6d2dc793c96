import { ContainerError } from './container-error.ts';

/**
 * Docker's `--env-file`: one `NAME=VALUE` a line, `#` starts a comment line, a bare NAME takes the caller's value
 * when there is one. Nothing is unquoted or expanded.
 */
export function parseEnvFile(
  text: string,
  file: string,
  callers: Readonly<Record<string, string | undefined>>,
): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((raw, index) => {
      const line = raw.trimStart();
      if (line === '' || line.startsWith('#')) return [];
      const equals = line.indexOf('=');
      const name = equals < 0 ? line.trimEnd() : line.slice(0, equals);
      if (name === '' || /\s/.test(name)) {
        throw new ContainerError(
          'invalid-option',
          `${file}:${index + 1}: expected NAME=VALUE, and the name "${name}" ${name === '' ? 'is empty' : 'has a space in it'}`,
          {
            location: { file, line: index + 1, column: 1, text },
          },
        );
      }
      return equals >= 0 ? [line] : fromCaller(name, callers);
    });
}

/** `-e NAME=VALUE`, or `-e NAME`: the caller's value; unset there, it is unset in the container. */
export function parseEnvFlag(text: string, callers: Readonly<Record<string, string | undefined>>): string[] {
  if (text === '' || text.startsWith('='))
    throw new ContainerError('invalid-option', `--env: expected NAME=VALUE, found "${text}"`);
  return text.includes('=') ? [text] : fromCaller(text, callers);
}

function fromCaller(name: string, callers: Readonly<Record<string, string | undefined>>): string[] {
  const value = callers[name];
  return value === undefined ? [name] : [`${name}=${value}`];
}
