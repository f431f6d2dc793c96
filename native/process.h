#pragma once

#include "container.h"

/* Init, in the container: everything between "the namespaces stand" and execve. Returns only on failure. */
int process_start(struct container *container);

/* Init, first of all: state that is per process and inherited from the helper's caller. */
int process_begin(struct container *container);
