/* Writes entries: header, pax records, data. */
#include "diff.h"

#include "cleanup.h"
#include "tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* linux/capability.h: version 3 has the id of its namespace's root behind it, and means nothing elsewhere. */
#define CAP_SIZE_2 20
#define CAP_SIZE_3 24

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool travels(const char *name)
{
	return xattr_travels(name) && !strchr(name, '=');
}

static int one_xattr(struct diff *diff, const struct xattr_file *file, const char *name)
{
	char key[300];
	ssize_t size = xattrs_value(file, &diff->xattrs, name);
	if (size < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : diff_fail(diff, "getxattr");
	if (diff->plain_capability && size == CAP_SIZE_3 && strcmp(name, "security.capability") == 0 &&
		diff->xattrs.value[3] == 3) {
		diff->xattrs.value[3] = 2;
		size = CAP_SIZE_2;
	}
	snprintf(key, sizeof key, "SCHILY.xattr.%s", name);
	return tar_write_pax(&diff->out, key, diff->xattrs.value, (size_t)size);
}

/* Attributes become pax records, sorted by name. */
static int take_xattrs(struct diff *diff, int parent, const char *name)
{
	const struct xattr_file file = { .fd = -1, .name = name };
	const char *sorted[256];
	size_t count = 0;
	int failed = 0;
	if (fchdir(parent) < 0 || xattrs_read(&file, &diff->xattrs) < 0)
		return diff_fail(diff, "listxattr");
	const char *end = diff->xattrs.names + diff->xattrs.size;
	for (const char *p = diff->xattrs.names; p < end; p += strlen(p) + 1) {
		if (travels(p) && count == sizeof sorted / sizeof *sorted) {
			errno = E2BIG;
			return diff_fail(diff, "listxattr");
		}
		if (travels(p))
			sorted[count++] = p;
	}
	qsort(sorted, count, sizeof *sorted, compare);
	for (size_t i = 0; !failed && i < count; i++)
		failed = one_xattr(diff, &file, sorted[i]);
	return failed;
}

static void take_time(const struct diff *diff, const struct stat *st, struct tar_out *out)
{
	out->mtime = st->st_mtim.tv_sec;
	out->mtime_nsec = diff->exact_times ? (uint32_t)st->st_mtim.tv_nsec : 0;
	if (diff->has_clamp && out->mtime >= diff->clamp) {
		out->mtime = diff->clamp;
		out->mtime_nsec = 0;
	}
}

static int write_content(struct diff *diff, int fd, uint64_t size)
{
	uint64_t left = size;
	while (left > 0) {
		unsigned char *data;
		size_t room;
		int failed = tar_write_room(&diff->out, &data, &room);
		if (failed)
			return failed;
		ssize_t n = read(fd, data, left < room ? (size_t)left : room);
		if (n < 0 && errno != EINTR)
			return diff_fail(diff, "read");
		if (n == 0) {
			note(diff->run, "%s became shorter while it was read", diff->path);
			failed = tar_write_zeros(&diff->out, left);
			if (failed)
				return failed;
			break;
		}
		if (n > 0) {
			tar_write_done(&diff->out, (size_t)n);
			left -= (uint64_t)n;
		}
	}
	diff->bytes += size;
	return tar_write_zeros(&diff->out, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static char type_of(mode_t mode)
{
	return S_ISREG(mode)   ? '0'
	       : S_ISLNK(mode) ? '2'
	       : S_ISCHR(mode) ? '3'
	       : S_ISBLK(mode) ? '4'
	       : S_ISDIR(mode) ? '5'
			       : '6';
}

static apart int write_entry(struct diff *diff, int parent, const char *name, const struct stat *st, const char *twin)
{
	char target[WALK_PATH_MAX];
	cleanup_close int fd = -1;
	struct tar_out out = { .type = type_of(st->st_mode),
		.path = diff->path,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid };
	take_time(diff, st, &out);
	if (diff->path[0] == 0)
		out.path = ".";
	if (twin) {
		out.type = '1';
		out.link = twin;
	} else if (out.type == '0') {
		out.size = (uint64_t)st->st_size;
		fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			return diff_fail(diff, "open");
	} else if (out.type == '2') {
		ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
		if (n < 0)
			return diff_fail(diff, "readlink");
		target[n] = 0;
		out.link = target;
	} else if (out.type == '3' || out.type == '4') {
		out.major = (uint32_t)(st->st_rdev >> 8 & 0xfff);
		out.minor = (uint32_t)((st->st_rdev & 0xff) | (st->st_rdev >> 12 & 0xfff00));
	}
	int failed = twin ? 0 : take_xattrs(diff, parent, name);
	if (!failed)
		failed = tar_write_header(&diff->out, &out);
	if (!failed && fd >= 0)
		failed = write_content(diff, fd, out.size);
	diff->entries++;
	return failed;
}

/* The headers of the folders around, outermost first. */
static int write_folder(struct diff *diff, struct diff_folder *folder)
{
	if (!folder || folder->written)
		return 0;
	int failed = write_folder(diff, folder->above);
	if (failed)
		return failed;
	folder->written = true;
	char kept = diff->path[folder->path_size];
	diff->path[folder->path_size] = 0;
	failed = write_entry(diff, folder->fd, ".", &folder->st, NULL);
	diff->path[folder->path_size] = kept;
	return failed;
}

int diff_folders(struct diff *diff)
{
	return write_folder(diff, diff->folder);
}

int diff_entry(struct diff *diff, int parent, const char *name, const struct stat *st)
{
	const char *last = strrchr(diff->path, '/');
	if (S_ISSOCK(st->st_mode)) {
		diff->sockets++; /* means nothing without the process that listens */
		return 0;
	}
	if (diff->kind != DIFF_FULL && strncmp(last ? last + 1 : diff->path, ".wh.", 4) == 0)
		return fail_input(diff->run, diff->path,
			"names that begin with .wh. mark what is deleted in layers; no file can have one");
	int failed = diff_folders(diff);
	const char *twin = NULL;
	if (!failed && st->st_nlink > 1) {
		twin = twins_find(&diff->twins, st->st_dev, st->st_ino);
		if (!twin && twins_add(&diff->twins, st->st_dev, st->st_ino, diff->path) < 0)
			failed = diff_fail(diff, "malloc");
	}
	return failed ? failed : write_entry(diff, parent, name, st, twin);
}

int diff_whiteout(struct diff *diff, const char *prefix, const char *name)
{
	size_t size = diff->folder->path_size;
	int failed = diff_folders(diff);
	if (failed)
		return failed;
	if (snprintf(diff->path + size, sizeof diff->path - size, "%s%s%s", size ? "/" : "", prefix, name) >=
		(int)(sizeof diff->path - size)) {
		errno = ENAMETOOLONG;
		return diff_fail(diff, "whiteout");
	}
	struct tar_out out = { .type = '0', .path = diff->path };
	failed = tar_write_header(&diff->out, &out);
	diff->path[size] = 0;
	diff->entries++;
	diff->whiteouts++;
	return failed;
}
