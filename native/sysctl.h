#pragma once

#include "container.h"

/* Init, in its namespaces: kernel parameters, through the host's procfs (never the container's own). */
int sysctls_write(struct container *container);
