/* The sources of bind mounts. */
#pragma once

#include "container.h"

bool mount_is_bind(const struct mount *mount);

/* Parent: opens the sources of bind mounts as detached copies, while the host's paths and our rights are there. */
int mounts_open_sources(struct container *container);

/* Parent, once the container's user namespace has its maps: id-maps the sources that want them. */
int mounts_idmap(struct container *container);

/* 0 with mount->tree open, or still -1 when it has to wait for the init (`late` false), or an exit code. */
int mount_open_source(struct run *run, struct mount *mount, bool late);

/* A detached copy of the mount at `fd`, with those below it when `recursive`. -1 and errno on failure. */
int mount_clone_tree(int fd, bool recursive);
