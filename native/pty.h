#pragma once

#include "container.h"

/* Init, in the container's mount namespace: makes a terminal of the container's own devpts and sends its master. */
int pty_make(struct container *container, int root);

/* Init, after setsid: the terminal becomes the controlling one. */
int pty_take(struct container *container);

/* Init, before the pivot: binds the terminal at /dev/console. */
int pty_bind_console(struct container *container);

/* Parent: connects to the unix socket that wants the master. */
int pty_connect(struct run *run, const char *path, int *fd);

void pty_resize(int master, unsigned rows, unsigned columns);
