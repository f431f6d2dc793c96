/*
 * Names inside a container's root, resolved by the kernel within that root (openat2 RESOLVE_IN_ROOT): no symbolic link,
 * no `..` and no exchange of folders under our feet leads out of it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum create { CREATE_NOTHING, CREATE_FOLDER, CREATE_FILE };

/*
 * Opens `path` inside the folder `root` as an O_PATH descriptor (symbolic links followed within the root). What is
 * missing is made, step by step, when `create` says so: folders 0755, the last name as a folder or an empty file 0644.
 * -1 and errno on failure.
 */
int open_in_root(int root, const char *path, enum create create);

/* The same without following any symbolic link: for /proc, /sys. */
int open_in_root_strictly(int root, const char *path, enum create create);

/*
 * Opens the folder that holds the last name of `path`, making folders that are missing; `name` points into `path`.
 * EINVAL when the path has no last name (`/`, `..`).
 */
int open_parent_in_root(int root, const char *path, const char **name);

/*
 * True when `fd` lies on a procfs although `path` does not name /proc: an image put a link there to have us mount or
 * make something over a process's own files (CVE-2023-28642, CVE-2025-52881).
 */
bool leads_into_proc(int fd, const char *path);
