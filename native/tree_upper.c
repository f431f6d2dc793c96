#include "tree.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind cwd, options, upper and work. */
#define FIRST_LOWER 4

void tree_upper_open(struct tree *tree, const struct record *record)
{
	if (record->argc <= FIRST_LOWER || !record->args[2].data[0])
		return;
	for (uint32_t i = FIRST_LOWER; i < record->argc; i++)
		if (record->args[i].data[0] == '/')
			return; /* out of reach once the root is entered */
	tree->overlay_cwd = open(record->args[0].data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->overlay_cwd < 0)
		return;
	tree->upper = openat(tree->overlay_cwd, record->args[2].data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	tree->overlay = record;
}

void tree_upper_close(struct tree *tree)
{
	if (tree->overlay_cwd >= 0)
		close(tree->overlay_cwd);
	if (tree->upper >= 0)
		close(tree->upper);
}

/* What a link on the way hides or shows does not matter: too much that is found costs time, and nothing else. */
static bool is_in_a_layer(struct tree *tree, const char *path)
{
	char full[WALK_PATH_MAX];
	struct stat st;
	for (uint32_t i = FIRST_LOWER; i < tree->overlay->argc; i++) {
		int size = snprintf(full, sizeof full, "%s/%s", tree->overlay->args[i].data, path);
		if (size < 0 || (size_t)size >= sizeof full)
			return true;
		if (fstatat(tree->overlay_cwd, full, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
			(errno != ENOENT && errno != ENOTDIR))
			return true;
	}
	return false;
}

int tree_upper_folder(struct tree *tree, const char *path)
{
	if (!tree->overlay || tree->upper < 0 || !path[0] || is_in_a_layer(tree, path))
		return -1;
	return openat(tree->upper, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}
