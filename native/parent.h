/* The parent's part of a start, shared by create, run, exec and monitor. */
#pragma once

#include "container.h"

/* Config, cgroups, mounts, clone, maps. Afterwards the init is on its way. */
int parent_start(struct container *container);

/* The same for one more process in a running container. */
int parent_join(struct container *container);

/* Mode userns: a program of the host's in a new user namespace. */
int parent_userns(struct container *container);

/* Mode mount: a program of the host's in a mount namespace with the overlay. */
int parent_mounted(struct container *container);
