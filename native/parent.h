/* The parent's part of a start, shared by create, run, exec and monitor. */
#pragma once

#include "container.h"

/* Config, cgroups, mounts, clone, maps. Afterwards the init is on its way. */
int parent_start(struct container *container);

/* The same for one more process in a running container. */
int parent_join(struct container *container);
