/**
 * Why a step was not cached, as sentences: its inputs against those of the last time it was executed. Inputs are named
 * `instruction`, `base`, `arg:NAME`, `env:NAME`, `file:PATH`, … and hold digests or text, never a secret.
 */
export declare function explainMiss(previous: Readonly<Record<string, string>> | undefined, current: Readonly<Record<string, string>>, standsOn?: string): string[];
