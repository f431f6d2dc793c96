/* How much of the machine a process may take. */
#pragma once

#include "container.h"

/* Writes the caller's own oom_score_adj, which its children inherit. -1 and errno on failure. */
int resources_oom_score(struct container *container, int score);

/* rlimits of process `pid` (0: the caller). */
int resources_limits(struct container *container, pid_t pid);

/* Scheduler, I/O priority and personality of the caller. */
int resources_schedule(struct container *container);
