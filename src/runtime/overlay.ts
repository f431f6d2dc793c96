/** How the helper mounts an overlay: the arguments of its `rootfs-overlay` record. Lower folders topmost first, relative to `cwd`. */
export interface OverlayMount {
  cwd: string;
  /** Comma separated, such as `userxattr,volatile`; empty for none. */
  options: string;
  /** Empty for a read-only view. */
  upper: string;
  work: string;
  lowers: readonly string[];
}
