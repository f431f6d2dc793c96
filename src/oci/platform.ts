import { ContainerizeError, didYouMean } from '../errors.ts';

/** Where an image runs: Go's GOOS and GOARCH names. OCI image-spec, image-index.md § platform. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
  'os.version'?: string;
  'os.features'?: string[];
}

export class PlatformError extends ContainerizeError<'invalid-platform'> {}

const ARCH_ALIASES: Record<string, [architecture: string, variant?: string]> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  i686: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** Names of architectures, to tell `arm64` from an operating system in `--platform arm64`. */
const ARCHITECTURES = new Set([
  '386',
  'amd64',
  'arm',
  'arm64',
  'loong64',
  'mips',
  'mipsle',
  'mips64',
  'mips64le',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'wasm',
]);

/** Names of operating systems, as Go has them: a word alone is one of these or an architecture. */
const SYSTEMS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
);

/** Parses `os/arch[/variant]`, `arch[/variant]` or `os`, and normalises as containerd's platforms package does. */
export function parsePlatform(text: string, host: Platform = hostPlatform()): Platform {
  const parts = text.trim().toLowerCase().split('/');
  if (parts.length > 3 || parts.some((p) => !/^[a-z0-9_.-]+$/.test(p))) {
    throw new PlatformError(
      'invalid-platform',
      `expected a platform such as linux/amd64 or linux/arm/v7, found "${text}"`,
    );
  }
  const first = parts[0]!;
  if (parts.length === 1 && !isArchitecture(first) && !SYSTEMS.has(first))
    throw new PlatformError(
      'invalid-platform',
      `unknown operating system or architecture "${text}": expected a platform such as linux/amd64${didYouMean(first, [...SYSTEMS, ...ARCHITECTURES])}`,
    );
  if (parts.length === 1 && !isArchitecture(first))
    return normalise({
      os: first,
      architecture: host.architecture,
      ...(host.variant ? { variant: host.variant } : {}),
    });
  const [os, architecture, variant] = isArchitecture(first) ? [host.os, ...parts] : parts;
  return normalise({ os: os!, architecture: architecture!, ...(variant === undefined ? {} : { variant }) });
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, ...(platform.variant ? [platform.variant] : [])].join('/');
}

/** The same platform in its usual spelling: aliases resolved, `arm64/v8` and `amd64/v1` without their variant, `arm` with v7. */
export function normalise(platform: Platform): Platform {
  const [architecture, aliasVariant] = ARCH_ALIASES[platform.architecture] ?? [platform.architecture];
  let variant = platform.variant ?? aliasVariant;
  if (variant !== undefined && /^[5-9]$/.test(variant)) variant = `v${variant}`;
  if ((architecture === 'arm64' && variant === 'v8') || (architecture === 'amd64' && variant === 'v1'))
    variant = undefined;
  if (architecture === 'arm' && variant === undefined) variant = 'v7';
  const { variant: _, ...rest } = platform;
  return {
    ...rest,
    os: platform.os === 'macos' ? 'darwin' : platform.os,
    architecture,
    ...(variant === undefined || variant === '' ? {} : { variant }),
  };
}

export function hostPlatform(): Platform {
  const architecture =
    { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386', ppc64: 'ppc64le', s390x: 's390x', riscv64: 'riscv64' }[
      process.arch as string
    ] ?? process.arch;
  return normalise({ os: process.platform === 'win32' ? 'windows' : process.platform, architecture });
}

/**
 * How well `candidate` serves a request for `wanted`: 0 is exact, higher is worse, undefined does not run.
 * A v7 machine runs v6 and v5 images, amd64/v3 runs v2 and v1, arm64 falls back to 32-bit arm only when asked.
 */
export function platformDistance(wanted: Platform, candidate: Platform): number | undefined {
  const w = normalise(wanted);
  const c = normalise(candidate);
  if (w.os !== c.os || w.architecture !== c.architecture) return undefined;
  const distance = variantLevel(w) - variantLevel(c);
  return distance < 0 ? undefined : distance;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalise(a)) === formatPlatform(normalise(b));
}

/** The entry whose platform serves `wanted` best; the first of equals. */
export function choosePlatform<T extends { platform?: Platform }>(
  entries: readonly T[],
  wanted: Platform,
): T | undefined {
  let best: T | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const distance = entry.platform && platformDistance(wanted, entry.platform);
    if (distance !== undefined && distance < bestDistance) [best, bestDistance] = [entry, distance];
  }
  return best;
}

export function parsePlatformObject(value: unknown, where: string): Platform {
  const v = value as Partial<Record<keyof Platform, unknown>> | null;
  if (typeof v !== 'object' || v === null || typeof v.os !== 'string' || typeof v.architecture !== 'string') {
    throw new PlatformError('invalid-platform', `${where}: expected an object with os and architecture`);
  }
  return {
    os: v.os,
    architecture: v.architecture,
    ...(typeof v.variant === 'string' && v.variant !== '' ? { variant: v.variant } : {}),
    ...(typeof v['os.version'] === 'string' ? { 'os.version': v['os.version'] } : {}),
    ...(Array.isArray(v['os.features'])
      ? { 'os.features': v['os.features'].filter((f) => typeof f === 'string') }
      : {}),
  };
}

function isArchitecture(word: string): boolean {
  return ARCHITECTURES.has(word) || word in ARCH_ALIASES;
}

function variantLevel(platform: Platform): number {
  const match = /^v(\d+)/.exec(platform.variant ?? '');
  if (match) return Number(match[1]);
  return { arm64: 8, amd64: 1 }[platform.architecture] ?? 0;
}
