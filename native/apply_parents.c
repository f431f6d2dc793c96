/*
 * Folders that an archive's entries need and that it does not name. In a layer's own folder such a folder covers those
 * of the layers below, so it must look like them: its owner, mode and attributes come from the topmost layer that has
 * it.
 */
#include "apply.h"

#include "cleanup.h"
#include "xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool is_opaque(const struct apply *apply, int fd)
{
	char value;
	return fgetxattr(fd, apply->opaque_xattr, &value, 1) == 1 && value == 'y';
}

/* The folder `path` in one layer: an fd; or -1, and `*covered` when nothing of the layers below shows there. */
static int find_in_layer(const struct apply *apply, const char *layer, const char *path, bool *covered)
{
	char rest[WALK_PATH_MAX];
	char *save = NULL;
	int fd = openat(apply->lowers_cwd, layer, FOLDER);
	strcpy(rest, path);
	for (const char *name = strtok_r(rest, "/", &save); fd >= 0 && name; name = strtok_r(NULL, "/", &save)) {
		*covered = *covered || is_opaque(apply, fd);
		int next = openat(fd, name, FOLDER);
		if (next < 0 && errno != ENOENT)
			*covered = true; /* a whiteout, a file, a link */
		close(fd);
		fd = next;
	}
	return fd;
}

static int look_like(struct apply *apply, int from, int to, const char *path)
{
	struct stat st;
	struct xattr_names room = { 0 };
	if (fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return -1;
	int copied = xattrs_copy(&(struct xattr_file){ .fd = from }, &(struct xattr_file){ .fd = to }, &room);
	xattrs_free(&room);
	if (copied < 0)
		return -1;
	apply->failed_in_make =
		apply_folder_later(apply, path, to, st.st_mtim.tv_sec, (uint32_t)st.st_mtim.tv_nsec) != 0;
	return apply->failed_in_make ? -1 : 0;
}

static int look_like_below(struct apply *apply, int fd, const char *path)
{
	bool covered = false;
	for (uint32_t i = 1; apply->lowers && i < apply->lowers->argc && !covered; i++) {
		cleanup_close int found = find_in_layer(apply, apply->lowers->args[i].data, path, &covered);
		if (found >= 0)
			return look_like(apply, found, fd, path);
	}
	return 0;
}

int apply_make_parent(void *context, int parent, const char *name, const char *path)
{
	struct apply *apply = context;
	struct stat st;
	bool hidden = false;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		/* Hidden by an earlier entry of this layer, and now there is something in it again. */
		hidden = apply->overlay && S_ISCHR(st.st_mode) && st.st_rdev == 0;
		if (!hidden) {
			errno = ENOTDIR;
			return -1;
		}
		if (unlinkat(parent, name, 0) < 0)
			return -1;
	}
	if (mkdirat(parent, name, 0755) < 0)
		return -1;
	cleanup_close int fd = openat(parent, name, FOLDER);
	if (fd < 0)
		return -1;
	if (apply->always_chmod && (fchown(fd, 0, 0) < 0 || fchmod(fd, 0755) < 0))
		return -1;
	if (hidden) {
		apply->failed_in_make = apply_mark_opaque(apply, fd) != 0;
		return apply->failed_in_make ? -1 : 0;
	}
	return apply->overlay ? look_like_below(apply, fd, path) : 0;
}
