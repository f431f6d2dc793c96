/*
 * Owner first (changing it clears set-id bits and capabilities), then mode, then extended attributes, then times.
 * What only the real root may do is skipped and counted when `rootless` says so.
 */
#include "apply.h"

#include "xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* linux/capability.h: versions of security.capability; version 3 has the id of its namespace's root behind it. */
#define CAP_REVISION_MASK 0xff000000u
#define CAP_REVISION_2 0x02000000u
#define CAP_REVISION_3 0x03000000u
#define CAP_SIZE_2 20
#define CAP_SIZE_3 24

/* Where the attribute goes: an open file, or a name in the current folder. */
struct target {
	int fd;
	const char *name;
};

static int set_xattr(const struct target *target, const char *name, const void *value, size_t size)
{
	return target->fd >= 0 ? fsetxattr(target->fd, name, value, size, 0)
			       : lsetxattr(target->name, name, value, size, 0);
}

/* EPERM also says that links and devices cannot have user.* attributes, or that trusted.* is the real root's. */
static bool may_skip(const struct apply *apply, const char *name, int why)
{
	if (why == ENOTSUP || why == ENOSYS)
		return true;
	return why == EPERM && (apply->rootless || strncmp(name, "user.", 5) == 0 || strncmp(name, "trusted.", 8) == 0);
}

static uint32_t read_le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int set_capability(struct apply *apply, const struct target *target, const struct tar_xattr *xattr)
{
	unsigned char value[CAP_SIZE_3];
	size_t size = xattr->size;
	if (size == CAP_SIZE_3)
		memcpy(value, xattr->value, size);
	if (!apply->plain_capability || size != CAP_SIZE_3 || (read_le32(value) & CAP_REVISION_MASK) != CAP_REVISION_3)
		return set_xattr(target, xattr->name, xattr->value, xattr->size);
	value[3] = CAP_REVISION_2 >> 24;
	return set_xattr(target, xattr->name, value, CAP_SIZE_2);
}

static int set_xattrs(struct apply *apply, const struct target *target)
{
	const struct tar_entry *entry = &apply->tar.entry;
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		/* Marks of overlayfs in an archive could show what is hidden. */
		if (!xattr_travels(xattr->name)) {
			apply->skipped_xattrs++;
			continue;
		}
		int failed = strcmp(xattr->name, "security.capability") == 0
				     ? set_capability(apply, target, xattr)
				     : set_xattr(target, xattr->name, xattr->value, xattr->size);
		if (failed == 0)
			continue;
		if (!may_skip(apply, xattr->name, errno))
			return fail(apply->run, "setxattr", "%s of %s", xattr->name, apply->path);
		apply->skipped_xattrs++;
	}
	return 0;
}

static bool owner_has_no_number(struct apply *apply)
{
	if (!apply->ignore_owner || (errno != EINVAL && errno != EPERM))
		return false;
	apply->skipped_owners++;
	return true;
}

static void times_of(const struct tar_entry *entry, struct timespec times[2])
{
	times[1] = (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_nsec };
	times[0] = times[1];
}

/* A folder's times come later: what is made in it would change them. */
int apply_meta_fd(struct apply *apply, int fd)
{
	const struct tar_entry *entry = &apply->tar.entry;
	bool is_folder = entry->type == '5';
	if ((entry->uid || entry->gid || apply->always_chmod) && fchown(fd, entry->uid, entry->gid) < 0 &&
		!owner_has_no_number(apply))
		return apply_fail(apply, "fchown");
	if ((is_folder || entry->mode & 07000 || apply->always_chmod) && fchmod(fd, entry->mode) < 0)
		return apply_fail(apply, "fchmod");
	int failed = set_xattrs(apply, &(struct target){ .fd = fd });
	if (failed || is_folder)
		return failed;
	struct timespec times[2];
	times_of(entry, times);
	return futimens(fd, times) < 0 ? apply_fail(apply, "futimens") : 0;
}

/* Links and devices: never opened. */
int apply_meta_name(struct apply *apply, int parent, const char *name)
{
	const struct tar_entry *entry = &apply->tar.entry;
	struct timespec times[2];
	if ((entry->uid || entry->gid || apply->always_chmod) &&
		fchownat(parent, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0 && !owner_has_no_number(apply))
		return apply_fail(apply, "fchownat");
	if (entry->xattr_count) {
		/* The kernel before 6.13 sets attributes of a name only by a path: by the name alone, from its folder.
		 */
		if (fchdir(parent) < 0)
			return apply_fail(apply, "fchdir");
		int failed = set_xattrs(apply, &(struct target){ .fd = -1, .name = name });
		if (failed)
			return failed;
	}
	times_of(entry, times);
	return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? apply_fail(apply, "utimensat") : 0;
}

static bool room(void **list, size_t *capacity, size_t wanted, size_t item)
{
	if (wanted <= *capacity)
		return true;
	void *more = realloc(*list, wanted * 2 * item);
	if (!more)
		return false;
	*list = more;
	*capacity = wanted * 2;
	return true;
}

int apply_folder_later(struct apply *apply, const char *path, int fd, int64_t mtime, uint32_t nsec)
{
	size_t size = strlen(path) + 1;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return apply_fail(apply, "fstat");
	if (st.st_mode & S_ISGID)
		apply->always_chmod = true;
	if (!room((void **)&apply->folders, &apply->folder_capacity, apply->folder_count + 1, sizeof *apply->folders) ||
		!room((void **)&apply->folder_paths, &apply->folder_paths_capacity, apply->folder_paths_size + size, 1))
		return apply_fail(apply, "malloc");
	memcpy(apply->folder_paths + apply->folder_paths_size, path, size);
	apply->folders[apply->folder_count++] =
		(struct apply_folder){ apply->folder_paths_size, st.st_ino, mtime, nsec };
	apply->folder_paths_size += size;
	return 0;
}

int apply_folder_times(struct apply *apply)
{
	for (size_t i = 0; i < apply->folder_count; i++) {
		const struct apply_folder *folder = &apply->folders[i];
		const char *path = apply->folder_paths + folder->path;
		struct timespec times[2] = { { .tv_sec = folder->mtime, .tv_nsec = folder->mtime_nsec } };
		struct stat st;
		times[1] = times[0];
		int fd = walk_folder(&apply->walk, path, strlen(path), 0);
		/* It may have been replaced since; then what came later has its own times. */
		if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != folder->inode)
			continue;
		if (utimensat(fd, ".", times, 0) < 0)
			return fail(apply->run, "utimensat", "%s", path);
	}
	return 0;
}
