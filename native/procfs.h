/* The host's procfs by descriptor: what a container mounts over its own /proc cannot redirect our writes. */
#pragma once

#include "run.h"

#include <sys/types.h>

/* Opens the host's /proc and makes sure that it is one. 0, or an exit code after an error report. */
int procfs_open(struct run *run, int *fd);

/* Writes the whole text with one write(). -1 and errno on failure. */
int procfs_write(int proc, const char *path, const void *data, size_t size);

/* Process numbers as the host sees them: our own. 0 when unknown. */
pid_t procfs_self(int proc);

/* Start time of a process in clock ticks (field 22 of /proc/PID/stat). -1 and errno on failure. */
int procfs_start_time(int proc, pid_t pid, uint64_t *time);
