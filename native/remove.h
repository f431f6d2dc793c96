/* Removes trees, never through a link. */
#pragma once

#include <stdbool.h>

/*
 * What `remove_tree` spares. `path` is the entry's path below the first name, which it begins with. A folder that is
 * spared is entered all the same: what it holds is asked for one by one.
 */
typedef bool remove_spares(void *context, const char *path);

/* Removes `name` in `parent`, a folder with all it holds. 0, or -1 with errno (ENOENT when it is not there). */
int remove_tree(int parent, const char *name);

/* The same, sparing what `spares` says; `path` is where `name` is. */
int remove_tree_except(int parent, const char *name, const char *path, remove_spares *spares, void *context);
