/** What `-v`, `--mount` and `--tmpfs` ask for. */
export interface MountRequest {
    type: 'bind' | 'volume' | 'tmpfs';
    /** A path for bind, a volume's name, or empty: a new volume without a name. */
    source: string;
    destination: string;
    readOnly: boolean;
    /** `-v` makes a bind's missing source; `--mount` refuses it. */
    createSource?: boolean;
    propagation?: string;
    /** A volume that is empty gets what the image has at the destination; not with `volume-nocopy`. */
    noCopy?: boolean;
    /** bind: leave what is mounted below the source out. */
    nonRecursive?: boolean;
    /** Labels and options of a volume that is made now. */
    labels?: Record<string, string>;
    /** Folder inside the volume. */
    subpath?: string;
    /** tmpfs: `size=…`, `mode=…`, `noexec`. */
    options?: readonly string[];
}
/** `-v [SOURCE:]DESTINATION[:OPTIONS]`. A source that starts with `/`, `.` or `~` is a path; relative ones are of `cwd`. */
export declare function parseVolumeFlag(text: string, cwd: string): MountRequest;
/** `--mount type=bind,source=…,target=…,readonly`: comma-separated, quotes as in CSV. */
export declare function parseMountFlag(text: string, cwd: string): MountRequest;
/** `--tmpfs /run:size=64m,mode=1777`. */
export declare function parseTmpfsFlag(text: string): MountRequest;
export declare function checkVolumeName(name: string): string;
