#pragma once

#include "config.h"

/* Flags and recursive attributes of the record, for the mount at `fd`. 0, or an exit code after an error report. */
int mount_set_attributes(struct run *run, const struct mount *mount, int fd);

/* Its propagation, or `otherwise` (MS_*, 0: as it is) where the record has none. */
int mount_set_propagation(struct run *run, const struct mount *mount, int fd, uint64_t otherwise);
