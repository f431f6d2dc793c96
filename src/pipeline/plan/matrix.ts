import { ContainerizeError } from '../../errors.ts';
import { formatPlatform, parsePlatform } from '../../oci/platform.ts';

/** One job of a matrix: a platform and a runner that is of that kind. */
export interface PlannedJob {
  platform: string;
  runner: string;
  /** The platform as part of names: `linux-arm64`. */
  name: string;
  /** False: the runner is of another kind, and needs emulation or cross-compiling stages. */
  native: boolean;
}

export class MatrixError extends ContainerizeError<'bad-input'> {}

/** GitHub's own runners. */
const RUNNERS: Readonly<Record<string, string>> = {
  'linux/amd64': 'ubuntu-latest',
  'linux/386': 'ubuntu-latest',
  'linux/arm64': 'ubuntu-24.04-arm',
};

/** The matrix for platforms, each on a native runner where there is one; `runners` names others. */
export function planPlatforms(
  platforms: readonly string[],
  runners: Readonly<Record<string, string>> = {},
): { include: PlannedJob[] } {
  const include: PlannedJob[] = [];
  for (const text of platforms) {
    const platform = formatPlatform(parsePlatform(text));
    if (include.some((job) => job.platform === platform)) continue;
    const runner = runners[platform] ?? RUNNERS[platform];
    include.push({
      platform,
      runner: runner ?? 'ubuntu-latest',
      name: platform.replaceAll('/', '-'),
      native: runner !== undefined,
    });
  }
  return { include };
}

/** `linux/arm64=my-arm-runner`, each platform's label; `what` names the list in errors. @throws MatrixError */
export function parseRunners(items: readonly string[], what: string): Record<string, string> {
  const runners: Record<string, string> = {};
  for (const item of items) {
    const equals = item.indexOf('=');
    const label = item.slice(equals + 1).trim();
    if (equals <= 0 || label === '')
      throw new MatrixError('bad-input', `${what}: expected PLATFORM=LABEL, found "${item.slice(0, 60)}"`, {
        hint: 'for example linux/arm64=ubuntu-24.04-arm',
      });
    runners[formatPlatform(parsePlatform(item.slice(0, equals).trim()))] = label;
  }
  return runners;
}
