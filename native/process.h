#pragma once

#include "container.h"

/* Init, in the container: everything between "the namespaces stand" and execve. Returns only on failure. */
int process_start(struct container *container);

/* Init, first of all: state that is per process and inherited from the helper's caller. */
int process_begin(struct container *container);

/* Writes the caller's own oom_score_adj, which its children inherit. -1 and errno on failure. */
int process_oom_score(struct container *container, int score);

/* rlimits of process `pid` (0: the caller). */
int process_limits(struct container *container, pid_t pid);

/* Looks the program up in the container's PATH. 0, or errno (ENOENT, EACCES). `path` has PATH_MAX room. */
int process_find(const struct config *config, char *path);

/* Executes the found program; returns after a report. */
int process_execute(struct container *container, const char *path, char **env);

char **process_environment(struct config *config);

/* A program of the host's: our own environment unless another was given, our own working folder, ids and rights. */
int process_plain(struct container *container);

/* Switches to the container's user and capabilities. */
int process_user(struct container *container);
