/* Attributes and propagation of mounts: mount_setattr(2), and before Linux 5.12 what mount(2) can do of it. */
#pragma once

#include "uapi.h"

#include <stdbool.h>

/* True on a kernel that changes attributes of attached mounts only: what is detached has to be moved first. */
bool mount_attributes_late(void);

/* `flags` is 0 or AT_RECURSIVE. -1 and errno on failure; ENOSYS for what the kernel has no call for (id maps). */
int mount_attributes(int fd, unsigned flags, const struct kernel_mount_attr *attr);
