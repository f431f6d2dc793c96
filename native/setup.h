#pragma once

#include "container.h"

/* The init of a new container: from the clone to execve. Never returns 0. */
int setup_container(struct container *container);

/* A process that joins a running container: from the clone to execve. Never returns 0. */
int setup_joined(struct container *container);

/* Mode userns: the program as root of the new user namespace, with the caller's streams. Never returns 0. */
int setup_userns(struct container *container);

/* Mode mount: the overlay on its target in a new mount namespace, then the program. Never returns 0. */
int setup_mounted(struct container *container);
