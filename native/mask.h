#pragma once

#include "container.h"

/* Init, before the pivot: covers what the container must not see or must not write. */
int masks_make(struct container *container);
