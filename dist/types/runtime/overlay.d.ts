/** How the helper mounts an overlay: the arguments of its `rootfs-overlay` record. Lower folders topmost first, relative to `cwd`. */
export interface OverlayMount {
    cwd: string;
    /** Comma separated, such as `userxattr,volatile`; empty for none. */
    options: string;
    /** Empty for a read-only view. */
    upper: string;
    work: string;
    lowers: readonly string[];
    /**
     * Where overlayfs cannot be used: `upper` is the whole root, copied from this folder, and there are no lower layers.
     * Such a root is no mount at all but the plain folder `upper`.
     */
    copyOf?: string;
}
/** The folder behind a root that needs no overlay mount, or undefined. */
export declare function plainFolder(root: OverlayMount | string): string | undefined;
