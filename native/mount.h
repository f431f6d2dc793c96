#pragma once

#include "container.h"
#include "uapi.h"

/* Init, before the pivot: all mounts in order, each onto a descriptor inside the root. */
int mounts_make(struct container *container);

/* MS_* flags as attributes of mount_setattr(2). */
void mount_attributes(uint64_t flags, struct kernel_mount_attr *attr);

/* Covers the place behind descriptor `target` with a (recursive) bind of itself that is read-only. */
int mount_readonly_cover(struct run *run, int target, const char *name);

/* Mounts `source` (an open place of this mount namespace) on `target`. */
int mount_bind_fd(int source, int target, bool recursive);

/* "/proc/self/fd/N": only before the pivot, where /proc is the host's. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path(int fd);
