#pragma once

#include "container.h"
#include "uapi.h"

/* "/proc/self/fd/N": only before the pivot, where /proc is the host's. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path(int fd);

/* Init, before the pivot: all mounts in order, each onto a descriptor inside the root. */
int mounts_make(struct container *container);

/* Covers the place behind descriptor `target` (`path` in the root) with a (recursive) bind of itself that is read-only.
 */
int mount_readonly_cover(struct container *container, int target, const char *path);

/* Mounts `source` (an open place of this mount namespace) on `target`. */
int mount_bind_fd(int source, int target, bool recursive);
