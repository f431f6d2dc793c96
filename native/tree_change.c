/* Operations that change the root. Links on the way are followed inside it; what is made replaces nothing unasked. */
#include "tree.h"

#include "cleanup.h"
#include "remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int tree_symlink(struct tree *tree, const struct record *record)
{
	const char *path = record->args[1].data;
	struct place place;
	bool has_owner = record->argc == 4;
	uint64_t uid = 0, gid = 0;
	int failed = has_owner ? tree_number(tree, record, 2, UINT32_MAX - 1, &uid) : 0;
	if (!failed && has_owner)
		failed = tree_number(tree, record, 3, UINT32_MAX - 1, &gid);
	if (failed)
		return failed;
	failed = tree_place(tree, path, 0, &place);
	if (!failed && (symlinkat(record->args[0].data, place.parent, place.name) < 0 ||
			       (has_owner && fchownat(place.parent, place.name, (uid_t)uid, (gid_t)gid,
						     AT_SYMLINK_NOFOLLOW) < 0)))
		failed = fail(tree->run, "symlink", "%s", path);
	place_close(&place);
	return failed ? failed : tree_answer(tree);
}

int tree_link(struct tree *tree, const struct record *record)
{
	struct place old, new = { .parent = -1 };
	int failed = tree_place(tree, record->args[0].data, 0, &old);
	if (!failed)
		failed = tree_place(tree, record->args[1].data, 0, &new);
	if (!failed && linkat(old.parent, old.name, new.parent, new.name, 0) < 0)
		failed = fail(tree->run, "link", "%s", record->args[1].data);
	place_close(&old);
	place_close(&new);
	return failed ? failed : tree_answer(tree);
}

int tree_chown(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct place place;
	uint64_t uid, gid;
	unsigned follow = tree_says(record, 3, "nofollow") ? 0 : WALK_FOLLOW;
	int failed = tree_number(tree, record, 1, UINT32_MAX, &uid);
	if (!failed)
		failed = tree_number(tree, record, 2, UINT32_MAX, &gid);
	if (failed)
		return failed;
	failed = tree_place(tree, path, follow, &place);
	/* 2^32-1 leaves it as it is, as in chown(2). */
	if (!failed && fchownat(place.parent, place.name, (uid_t)uid, (gid_t)gid, AT_SYMLINK_NOFOLLOW) < 0)
		failed = fail(tree->run, "chown", "%s", path);
	place_close(&place);
	return failed ? failed : tree_answer(tree);
}

int tree_chmod(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct place place;
	uint64_t mode;
	int failed = tree_number(tree, record, 1, 07777, &mode);
	if (failed)
		return failed;
	failed = tree_place(tree, path, WALK_FOLLOW, &place);
	if (!failed) {
		int changed =
			(int)syscall(SYS_fchmodat2, place.parent, place.name, (unsigned)mode, AT_SYMLINK_NOFOLLOW);
		/* Before Linux 6.6 a link that is swapped in here would be followed, within the root. */
		if (changed < 0 && (errno == ENOSYS || errno == EPERM))
			changed = fchmodat(place.parent, place.name, (mode_t)mode, 0);
		failed = changed < 0 ? fail(tree->run, "chmod", "%s", path) : 0;
	}
	place_close(&place);
	return failed ? failed : tree_answer(tree);
}

int tree_remove(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct place place;
	bool removed = false;
	int failed = 0;
	if (walk_place(&tree->walk, path, 0, &place) < 0) {
		failed = errno == ENOENT || errno == ENOTDIR ? 0 : fail(tree->run, "remove", "%s", path);
	} else if (strcmp(place.name, ".") == 0) {
		errno = EBUSY;
		failed = fail(tree->run, "remove", "%s", path);
	} else {
		removed = remove_tree(place.parent, place.name) == 0;
		failed = removed || errno == ENOENT ? 0 : fail(tree->run, "remove", "%s", path);
		walk_forget(&tree->walk);
	}
	if (!failed)
		tree_answer_path(tree, place.parent >= 0 ? place.path : path, "removed", removed);
	place_close(&place);
	return failed;
}

int tree_rename(struct tree *tree, const struct record *record)
{
	struct place old, new = { .parent = -1 };
	int failed = tree_place(tree, record->args[0].data, 0, &old);
	if (!failed)
		failed = tree_place(tree, record->args[1].data, 0, &new);
	if (!failed && renameat(old.parent, old.name, new.parent, new.name) < 0)
		failed = fail(tree->run, "rename", "%s", record->args[0].data);
	walk_forget(&tree->walk);
	place_close(&old);
	place_close(&new);
	return failed ? failed : tree_answer(tree);
}

int tree_utimes(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct place place;
	struct timespec times[2];
	unsigned follow = tree_says(record, 3, "nofollow") ? 0 : WALK_FOLLOW;
	int failed = tree_time(tree, record, 1, &times[0]);
	if (failed)
		return failed;
	times[1] = times[0];
	failed = tree_place(tree, path, follow, &place);
	if (!failed && utimensat(place.parent, place.name, times, AT_SYMLINK_NOFOLLOW) < 0)
		failed = fail(tree->run, "utimensat", "%s", path);
	place_close(&place);
	return failed ? failed : tree_answer(tree);
}

/* Everything that was written to the root's file system is on the disk when this is answered. */
int tree_sync(struct tree *tree, const struct record *record)
{
	(void)record;
	cleanup_close int fd = openat(tree->walk.root, ".", FOLDER);
	if (fd < 0 || syncfs(fd) < 0)
		return fail(tree->run, "syncfs", "/");
	return tree_answer(tree);
}
