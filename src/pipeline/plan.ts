import { formatPlatform, parsePlatform } from '../oci/platform.ts';

/** One job of a matrix: a platform and a runner that is of that kind. */
export interface PlannedJob {
  platform: string;
  runner: string;
  /** The platform as part of names: `linux-arm64`. */
  name: string;
  /** False: the runner is of another kind, and needs emulation or cross-compiling stages. */
  native: boolean;
}

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
