/** `<root>/volumes/<name>/{volume.json,_data}`: a folder that outlives containers. */
export interface Volume {
    name: string;
    /** RFC 3339. */
    created: string;
    labels: Record<string, string>;
    options: Record<string, string>;
    /** Made for one container, without a name of the user's. */
    anonymous: boolean;
    /** The folder with the contents. */
    path: string;
}
export declare class Volumes {
    readonly folder: string;
    constructor(root: string);
    /** Finds or makes a volume; `isNew` tells which. Two commands that make the same one both succeed. */
    ensure(name: string | undefined, options?: {
        labels?: Record<string, string>;
        options?: Record<string, string>;
    }): Promise<Volume & {
        isNew: boolean;
    }>;
    get(name: string): Promise<Volume | undefined>;
    /** The volume, or an error that says there is none. */
    need(name: string): Promise<Volume>;
    /** By name. */
    list(): Promise<Volume[]>;
    /** Removes a volume with its contents. Whether a container uses it is the caller's question. False when there is none. */
    remove(name: string): Promise<boolean>;
    /** True while nothing is in it: then an image's content is copied into it. */
    isEmpty(volume: Volume): Promise<boolean>;
    /** Under this lock volumes are made and filled. */
    get lock(): string;
    /** Bytes of a volume's contents, following nothing. */
    size(volume: Volume): Promise<number>;
}
