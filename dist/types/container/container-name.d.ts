/** Checks a name as Docker does. */
export declare function checkName(name: string, what?: string): string;
/** A name for a container that got none: `calm_harbor`; later attempts add a number. */
export declare function randomName(attempt: number): string;
