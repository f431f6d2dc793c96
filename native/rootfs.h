#pragma once

#include "container.h"

/* Parent: the root file system as a detached mount, where the kernel and our rights allow it. */
int rootfs_open(struct container *container);

/* Init, first thing in the new mount namespace: propagation, then the root file system is attached and opened. */
int rootfs_attach(struct container *container);

/* Init, after all mounts: the root becomes /, and the host's is gone. */
int rootfs_enter(struct container *container);
