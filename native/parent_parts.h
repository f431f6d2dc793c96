/* The steps of parent.c that have files of their own. */
#pragma once

#include "container.h"

/* What both a new container and a joining process need before the clone. */
int parent_prepare(struct container *container);

/* What only the parent may do, between the clone and the init's work. */
int parent_gate(struct container *container);
