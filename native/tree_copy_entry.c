#include "tree_copy.h"

#include "cleanup.h"
#include "copy.h"
#include "listing.h"
#include "remove.h"
#include "twins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int copy_fail(struct copying *copying, const char *call)
{
	return fail(copying->tree->run, call, "%s", copying->target[0] ? copying->target : "/");
}

static bool is_excluded(const struct copying *copying)
{
	for (uint32_t i = 3; i < copying->record->argc; i++)
		if (strncmp(copying->record->args[i].data, "exclude=", 8) == 0 &&
			strcmp(copying->record->args[i].data + 8, copying->below) == 0)
			return true;
	return false;
}

static void times_of(const struct copying *copying, const struct stat *st, struct timespec times[2])
{
	times[1] = st->st_mtim;
	if (copying->has_mtime)
		times[1] = (struct timespec){ .tv_sec = (time_t)copying->mtime };
	times[0] = times[1];
}

static uid_t uid_of(const struct copying *copying, const struct stat *st)
{
	return copying->has_uid ? (uid_t)copying->uid : st->st_uid;
}

static gid_t gid_of(const struct copying *copying, const struct stat *st)
{
	return copying->has_gid ? (gid_t)copying->gid : st->st_gid;
}

static mode_t mode_of(const struct copying *copying, const struct stat *st)
{
	if (S_ISDIR(st->st_mode) && copying->has_dir_mode)
		return (mode_t)copying->dir_mode;
	return copying->has_mode ? (mode_t)copying->mode : st->st_mode & 07777 & ~(mode_t)copying->umask;
}

/* Owner, mode, attributes, in this order: see apply_meta.c. */
static int finish(struct copying *copying, int from, int to, const struct stat *st)
{
	struct stat is;
	uid_t uid = uid_of(copying, st);
	gid_t gid = gid_of(copying, st);
	mode_t mode = mode_of(copying, st);
	/* Looking costs less than a change that the file system has to keep. */
	if (fstat(to, &is) < 0)
		return copy_fail(copying, "fstat");
	bool owned = is.st_uid == uid && is.st_gid == gid;
	if (!owned && fchown(to, uid, gid) < 0)
		return copy_fail(copying, "fchown");
	/* A change of owner takes special bits away. */
	if ((!owned || (is.st_mode & 07777) != mode) && fchmod(to, mode) < 0)
		return copy_fail(copying, "fchmod");
	if (copying->xattrs && xattrs_copy(&(struct xattr_file){ .fd = from }, &(struct xattr_file){ .fd = to },
				       &copying->tree->xattrs) < 0)
		return copy_fail(copying, "setxattr");
	return 0;
}

/*
 * Room for what is no folder. What is there goes, but a folder only when `replace` says so. A folder that is asked for
 * (`want_folder`) may be there already: then `*there`.
 */
static int make_way(struct copying *copying, int parent, const char *name, bool want_folder, bool *there)
{
	struct stat st;
	*there = false;
	if (copying->fresh)
		return 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : copy_fail(copying, "stat");
	if (S_ISDIR(st.st_mode) && want_folder) {
		*there = true;
		return 0;
	}
	if (!copying->replace && (want_folder || S_ISDIR(st.st_mode))) {
		errno = want_folder ? ENOTDIR : EISDIR;
		return copy_fail(copying, "copy over");
	}
	return remove_tree(parent, name) < 0 ? copy_fail(copying, "remove") : 0;
}

/* A further name of a file that was copied. False when that copy is gone meanwhile. */
static apart bool link_twin(struct copying *copying, const char *path, int to, const char *to_name)
{
	struct place place;
	if (copying->upper >= 0)
		return linkat(copying->upper, path + copying->upper_at, to, to_name, 0) == 0;
	bool done = walk_place(&copying->tree->walk, path, 0, &place) == 0 &&
		    linkat(place.parent, place.name, to, to_name, 0) == 0;
	place_close(&place);
	return done;
}

static int copy_file(struct copying *copying, int from, const char *name, int to, const char *to_name)
{
	struct stat st;
	cleanup_close int in = tree_open_file(from, name, &st);
	if (in < 0)
		return copy_fail(copying, "open source of");
	/* Special bits come last. Until then nobody else reaches it: the root is ours alone. */
	cleanup_close int out =
		openat(to, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_of(copying, &st) & 0777);
	if (out < 0)
		return copy_fail(copying, "open");
	if (copy_content(in, out, (uint64_t)st.st_size) < 0)
		return copy_fail(copying, "write");
	struct timespec times[2];
	times_of(copying, &st, times);
	int failed = finish(copying, in, out, &st);
	if (!failed && futimens(out, times) < 0)
		failed = copy_fail(copying, "futimens");
	copying->bytes += (uint64_t)st.st_size;
	return failed;
}

static int make_node(int from, const char *name, int to, const char *to_name, const struct stat *st)
{
	char target[WALK_PATH_MAX];
	if (!S_ISLNK(st->st_mode))
		return mknodat(to, to_name, st->st_mode, st->st_rdev);
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);
	if (n < 0)
		return -1;
	target[n] = 0;
	return symlinkat(target, to, to_name);
}

static apart int copy_special(
	struct copying *copying, int from, const char *name, int to, const char *to_name, const struct stat *st)
{
	struct timespec times[2];
	if (S_ISSOCK(st->st_mode))
		return 0; /* means nothing without the process that listens */
	if (make_node(from, name, to, to_name, st) < 0) {
		if (errno == EPERM && copying->tree->rootless && (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)))
			return 0;
		return copy_fail(copying, S_ISLNK(st->st_mode) ? "symlink" : "mknod");
	}
	if (fchownat(to, to_name, uid_of(copying, st), gid_of(copying, st), AT_SYMLINK_NOFOLLOW) < 0)
		return copy_fail(copying, "chown");
	times_of(copying, st, times);
	return utimensat(to, to_name, times, AT_SYMLINK_NOFOLLOW) < 0 ? copy_fail(copying, "utimensat") : 0;
}

static bool extend(char path[WALK_PATH_MAX], size_t size, const char *name)
{
	return snprintf(path + size, WALK_PATH_MAX - size, "%s%s", size ? "/" : "", name) < (int)(WALK_PATH_MAX - size);
}

int copy_content_of(struct copying *copying, int from, int to)
{
	struct listing listing;
	size_t below = strlen(copying->below), target = strlen(copying->target);
	int failed = 0;
	if (listing_read(from, &listing) < 0)
		return copy_fail(copying, "getdents");
	for (size_t i = 0; !failed && i < listing.count; i++) {
		const char *name = listing.sorted[i];
		if (!extend(copying->below, below, name) || !extend(copying->target, target, name)) {
			errno = ENAMETOOLONG;
			failed = copy_fail(copying, "copy");
		} else {
			failed = copy_entry(copying, from, name, to, name);
		}
		copying->below[below] = 0;
		copying->target[target] = 0;
	}
	listing_free(&listing);
	return failed;
}

static int copy_folder(struct copying *copying, int from, const char *name, int to, const char *to_name)
{
	bool there;
	struct stat st;
	struct timespec times[2];
	int failed = make_way(copying, to, to_name, true, &there);
	if (failed)
		return failed;
	if (!there && mkdirat(to, to_name, 0700) < 0)
		return copy_fail(copying, "mkdir");
	cleanup_close int in = openat(from, name, FOLDER);
	cleanup_close int out = openat(to, to_name, FOLDER);
	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return copy_fail(copying, "open");
	if (copying->recurse) {
		bool fresh = copying->fresh;
		copying->fresh = !there;
		failed = copy_content_of(copying, in, out);
		copying->fresh = fresh;
	}
	if (failed || (there && copying->keep_dirs))
		return failed;
	failed = finish(copying, in, out, &st);
	times_of(copying, &st, times);
	if (!failed && futimens(out, times) < 0)
		failed = copy_fail(copying, "futimens");
	return failed;
}

int copy_entry(struct copying *copying, int from, const char *name, int to, const char *to_name)
{
	struct stat st;
	bool there;
	if (copying->below[0] && is_excluded(copying))
		return 0;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return copy_fail(copying, "stat source of");
	copying->entries++;
	if (S_ISDIR(st.st_mode))
		return copy_folder(copying, from, name, to, to_name);
	int failed = make_way(copying, to, to_name, false, &there);
	const char *twin = st.st_nlink > 1 ? twins_find(copying->twins, st.st_dev, st.st_ino) : NULL;
	if (failed || (twin && link_twin(copying, twin, to, to_name)))
		return failed;
	failed = S_ISREG(st.st_mode) ? copy_file(copying, from, name, to, to_name)
				     : copy_special(copying, from, name, to, to_name, &st);
	if (!failed && st.st_nlink > 1 && twins_add(copying->twins, st.st_dev, st.st_ino, copying->target) < 0)
		failed = copy_fail(copying, "malloc");
	return failed;
}
