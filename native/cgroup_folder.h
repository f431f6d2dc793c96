/*
 * One group's folder. Those above it that had to be made for it are marked as ours, and go with the last group below
 * them. Whoever makes one at that moment finds its parent gone, and begins again.
 */
#pragma once

#include "run.h"

/* Makes the folder, and those above it. One that is there is fine. 0, or an exit code after an error report. */
int cgroup_folder_make(struct run *run, const char *path);

/* Marks a folder as made by us. Where that is not possible it stays for ever. */
void cgroup_folder_mark(const char *path);

/* Removes it with all below, waiting for the dead in it, and the folders above it that are ours and empty. */
void cgroup_folder_remove(const char *path);

void cgroup_pause_ms(long ms);
