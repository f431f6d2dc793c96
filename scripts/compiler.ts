import { execFileSync } from 'node:child_process';

/** What decides the helper's bytes beside its sources: the compilers and musl. `undefined` for one that is not installed. */
export function compilers(): Record<string, string | undefined> {
  return {
    'linux-x64': describe(['gcc', '--version'], ['dpkg-query', '-W', '-f', '${Version}', 'musl-dev']),
    'linux-arm64': describe(
      ['aarch64-linux-gnu-gcc', '--version'],
      ['dpkg-query', '-W', '-f', '${Version}', 'musl-dev'],
    ),
  };
}

function describe(...commands: string[][]): string | undefined {
  try {
    const [compiler, musl] = commands.map(([program, ...args]) =>
      execFileSync(program!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .split('\n')[0]!
        .trim(),
    );
    return `${compiler}, musl ${musl}`;
  } catch {
    return undefined;
  }
}
