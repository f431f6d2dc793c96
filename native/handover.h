/*
 * Descriptors that the parent opened while the init was making its namespaces: the root file system, sources of bind
 * mounts, files of control groups. They travel over the sync socket, the last of them with SYNC_GO.
 */
#pragma once

#include "container.h"

/* Parent. -1 and errno on failure; EPIPE: the init has ended. */
int handover_send(struct container *container);

/* Init: waits for all of it. 0, or an exit code (the parent has reported what went wrong). */
int handover_receive(struct container *container);
