#pragma once

#include "container.h"

/* The init of a new container: from the clone to execve. Never returns 0. */
int setup_container(struct container *container);

/* A process that joins a running container: from the clone to execve. Never returns 0. */
int setup_joined(struct container *container);
