/* Whether something is as it was below. Times of folders do not count: looking into a folder is no change. */
#include "diff.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool same_owner(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

static size_t count_travelling(const struct xattr_names *names)
{
	size_t count = 0;
	for (const char *p = names->names; p < names->names + names->size; p += strlen(p) + 1)
		count += xattr_travels(p);
	return count;
}

static bool same_xattrs(
	struct diff *diff, const struct xattr_file *file, int parent, const struct xattr_file *base, int base_parent)
{
	struct xattr_names *mine = &diff->xattrs, *theirs = &diff->base_xattrs;
	if (file->fd < 0 && fchdir(parent) < 0)
		return false;
	if (xattrs_read(file, mine) < 0)
		return false;
	if (base->fd < 0 && fchdir(base_parent) < 0)
		return false;
	if (xattrs_read(base, theirs) < 0 || count_travelling(mine) != count_travelling(theirs))
		return false;
	for (const char *p = mine->names; p < mine->names + mine->size; p += strlen(p) + 1) {
		if (!xattr_travels(p))
			continue;
		if (file->fd < 0 && fchdir(parent) < 0)
			return false;
		ssize_t size = xattrs_value(file, mine, p);
		if (base->fd < 0 && fchdir(base_parent) < 0)
			return false;
		if (size < 0 || xattrs_value(base, theirs, p) != size ||
			memcmp(mine->value, theirs->value, (size_t)size) != 0)
			return false;
	}
	return true;
}

bool diff_same_folder(struct diff *diff, int fd, const struct stat *st, int base, const struct stat *base_st)
{
	return same_owner(st, base_st) &&
	       same_xattrs(diff, &(struct xattr_file){ .fd = fd }, -1, &(struct xattr_file){ .fd = base }, -1);
}

static bool same_bytes(int a, int b)
{
	static char first[65536], second[65536];
	for (off_t at = 0;;) {
		ssize_t n = pread(a, first, sizeof first, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || pread(b, second, sizeof second, at) != n || memcmp(first, second, (size_t)n) != 0)
			return false;
		if (n == 0)
			return true;
		at += n;
	}
}

static bool same_content(int parent, int base_parent, const char *name, const struct stat *st)
{
	if (S_ISREG(st->st_mode)) {
		cleanup_close int mine = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		cleanup_close int theirs = openat(base_parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		return mine >= 0 && theirs >= 0 && same_bytes(mine, theirs);
	}
	if (S_ISLNK(st->st_mode)) {
		char mine[WALK_PATH_MAX], theirs[WALK_PATH_MAX];
		ssize_t n = readlinkat(parent, name, mine, sizeof mine);
		return n >= 0 && readlinkat(base_parent, name, theirs, sizeof theirs) == n &&
		       memcmp(mine, theirs, (size_t)n) == 0;
	}
	return true;
}

bool diff_same_file(struct diff *diff, int parent, const struct stat *st, int base_parent, const struct stat *base_st,
	const char *name)
{
	const struct xattr_file file = { .fd = -1, .name = name };
	return same_owner(st, base_st) && st->st_size == base_st->st_size && st->st_rdev == base_st->st_rdev &&
	       st->st_mtim.tv_sec == base_st->st_mtim.tv_sec && st->st_mtim.tv_nsec == base_st->st_mtim.tv_nsec &&
	       same_content(parent, base_parent, name, st) && same_xattrs(diff, &file, parent, &file, base_parent);
}
