/* The slow way: a path walked component by component, links followed by hand. */
#pragma once

#include "walk.h"

/* The folder at `path`, opened O_PATH; the caller's to close. -1 with errno. */
int walk_slowly(struct walk *walk, const char *path, size_t size, unsigned flags);
