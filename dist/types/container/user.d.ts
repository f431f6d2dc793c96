import type { ResolvedUser } from './spec.js';
/** Text of the image's /etc/passwd and /etc/group, read inside its root; undefined when it has none. */
export interface AccountFiles {
    passwd: string | undefined;
    group: string | undefined;
}
/**
 * `user[:group]` by Docker's rules: names are looked up in the image, numbers need not be there. Without a group the
 * user's own and every group that lists the user; with one, that group alone. The group itself is among the additional
 * ones: a program with its bit for set-group-ID would lose it otherwise, and so pass by files that the group may not
 * touch (CVE-2022-36109). Numbers are strict decimals
 * (a lenient reading of `-u` made crun run as another user: CVE-2026-30892).
 */
export declare function resolveUser(files: AccountFiles, text: string, groupAdd?: readonly string[]): ResolvedUser;
