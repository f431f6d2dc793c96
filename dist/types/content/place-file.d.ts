/**
 * Makes `to` a file with the content of `from`, as cheaply as the file system can: hard link when `link` allows it
 * (both names are then one file: neither may be written), shared extents, else a copy. `to` must not exist.
 */
export declare function placeFile(from: string, to: string, options: {
    link: boolean;
}): Promise<void>;
