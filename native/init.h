#pragma once

#include "container.h"

/* A tiny init as the container's first process: starts the program, hands signals on, reaps orphans, ends with it. */
int init_start(struct container *container, const char *path);
