/** `512m`, `2g`, `1.5GiB`, `1024` (bytes): binary units, as Docker reads sizes of memory. `-1` is left as it is. */
export declare function parseSize(text: string, flag: string): number;
