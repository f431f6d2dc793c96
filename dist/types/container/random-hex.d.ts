/** Random bytes as hex digits. */
export declare function randomHex(bytes: number): string;
