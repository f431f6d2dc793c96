#pragma once

#include "container.h"

/* Init: runs the hooks of one stage one after the other; a failure or a timeout stops the start. */
int hooks_run(struct container *container, enum hook_stage stage, pid_t host_pid);
