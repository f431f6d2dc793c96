import { ContainerizeError } from '../errors.js';
/** Where an image runs: Go's GOOS and GOARCH names. OCI image-spec, image-index.md § platform. */
export interface Platform {
    os: string;
    architecture: string;
    variant?: string;
    'os.version'?: string;
    'os.features'?: string[];
}
export declare class PlatformError extends ContainerizeError<'invalid-platform'> {
}
/** Parses `os/arch[/variant]`, `arch[/variant]` or `os`, and normalises as containerd's platforms package does. */
export declare function parsePlatform(text: string, host?: Platform): Platform;
export declare function formatPlatform(platform: Platform): string;
/** The same platform in its usual spelling: aliases resolved, `arm64/v8` and `amd64/v1` without their variant, `arm` with v7. */
export declare function normalise(platform: Platform): Platform;
export declare function hostPlatform(): Platform;
/**
 * How well `candidate` serves a request for `wanted`: 0 is exact, higher is worse, undefined does not run.
 * A v7 machine runs v6 and v5 images, amd64/v3 runs v2 and v1, arm64 falls back to 32-bit arm only when asked.
 */
export declare function platformDistance(wanted: Platform, candidate: Platform): number | undefined;
export declare function samePlatform(a: Platform, b: Platform): boolean;
/** The entry whose platform serves `wanted` best; the first of equals. */
export declare function choosePlatform<T extends {
    platform?: Platform;
}>(entries: readonly T[], wanted: Platform): T | undefined;
export declare function parsePlatformObject(value: unknown, where: string): Platform;
