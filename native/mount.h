#pragma once

#include "container.h"
#include "uapi.h"

/* Init, before the pivot: all mounts in order, each onto a descriptor inside the root. */
int mounts_make(struct container *container);

/* Covers the place behind descriptor `target` with a (recursive) bind of itself that is read-only. */
int mount_readonly_cover(struct run *run, int target, const char *name);

/* Mounts `source` (an open place of this mount namespace) on `target`. */
int mount_bind_fd(int source, int target, bool recursive);
