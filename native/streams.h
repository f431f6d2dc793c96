#pragma once

#include "container.h"

/* Parent, before the clone: pipes, /dev/null. */
int streams_open(struct container *container);

/* Init: puts them on 0, 1 and 2, owned by the container's user. */
int streams_take(struct container *container);
