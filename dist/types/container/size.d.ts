/** `512m`, `2g`, `1024` (bytes): a flag's size of memory. `-1` is left as it is. */
export declare function sizeOfFlag(text: string, flag: string): number;
