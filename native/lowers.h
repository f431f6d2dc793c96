/* The unpacked layers below, as folders: what a folder looks like where this layer says nothing about it. */
#pragma once

#include "run.h"

struct lowers {
	int cwd;                     /* -1: none */
	const struct record *record; /* CWD LOWER…, topmost first, relative to CWD */
	const char *opaque_xattr;
};

/* 0, or an exit code after a report. To be called before the chroot. */
int lowers_open(struct run *run, const struct record *record, struct lowers *lowers);

/*
 * The folder `path` (cleaned; empty for the root) in the topmost layer that has it, as a readable fd. -1 when there is
 * none, or when something on the way hides it.
 */
int lowers_find(const struct lowers *lowers, const char *path);
