/* The new process of a container. */
#pragma once

#include "container.h"

/* A child with the given CLONE_NEW* flags; container->pid is 0 in it. Both: 0, or an exit code after a report. */
int clone_child(struct container *container, uint64_t flags);

/* The container's init, with the namespaces that begin with a process; the init makes the others. */
int clone_container(struct container *container);

/*
 * New namespaces have to belong to the joined user namespace, so somebody has to enter it before they are made: a
 * process in between, which passes its own parent on to the init and ends.
 */
int clone_in_joined_user(struct container *container);
