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
#include <sys/stat.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

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
	cleanup_close int found = lowers_find(&apply->lowers, path);
	return found >= 0 ? look_like(apply, found, fd, path) : 0;
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
	apply->made_folders++;
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
