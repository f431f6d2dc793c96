#pragma once

#include "container.h"

/* Parent: opens the namespaces that are given by path, before anything else can change. */
int namespaces_open(struct container *container);

/* Parent: what has to happen in the parent of the first process: time offsets, joining a pid namespace. */
int namespaces_before_clone(struct container *container);

/* Init, while the parent is busy: the new namespaces that do not begin with a process. */
int namespaces_make(struct container *container);

/* Init: joins what is given by path, `user` among the first and `mount` last. */
int namespaces_join(struct container *container);

/* Init, once it is the root of a new user namespace: only then do the IPC namespace's files belong to that root. */
int namespaces_unshare_ipc(struct container *container);

/* Init, after it entered its control group: the cgroup namespace is rooted there. */
int namespaces_unshare_cgroup(struct container *container);

/* Init: host and domain name, and the loopback device of a new network namespace. */
int namespaces_name(struct container *container);

/* Parent: a pidfd of the process to join, checked by its start time. */
int namespaces_open_process(struct container *container);

/* Userns, child: enters the user namespace of that process, with mounts of its own. */
int namespaces_enter_user(struct container *container);

/* Exec, parent: finds the container by pid and start time, and the namespaces in which it differs from us. */
int namespaces_open_joined(struct container *container);

/* Exec, init: enters them, and the container's root. */
int namespaces_enter_joined(struct container *container);
