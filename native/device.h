#pragma once

#include "container.h"

/* Init, before the pivot: device nodes, then symbolic links. */
int devices_make(struct container *container);
