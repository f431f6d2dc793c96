#pragma once

#include "container.h"

/* Parent: writes the maps of the user namespace that process `pid` is in. */
int idmap_write(struct run *run, int proc, pid_t pid, const struct id_map *uids, const struct id_map *gids, bool deny);

/* A user namespace that only carries maps (id-mapped mounts). 0 and its descriptor, or an exit code. */
int idmap_namespace(struct run *run, int proc, const struct id_map *uids, const struct id_map *gids, int *fd);
