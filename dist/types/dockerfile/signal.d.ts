/** Number of a signal given as `9`, `KILL`, `SIGKILL`, `SIGRTMIN+3`; undefined when there is none such. */
export declare function parseSignal(text: string): number | undefined;
/** The sentence about a signal that does not exist. */
export declare function unknownSignal(text: string): string;
