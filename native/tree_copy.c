/*
 * copy SOURCE SRC DEST OPTION…: a file or a whole tree from a source (`.` is the root itself) to DEST, which is where
 * it will be, not the folder around it. Folders on the way to DEST must be there.
 *
 * Options: uid=N gid=N mode=N dir-mode=N umask=N mtime=SECONDS change what is copied; `contents` copies what is in the
 * folder SRC into the folder DEST; `follow` follows SRC when it is a link; `no-recurse` copies a folder alone;
 * `replace` removes what is there and of another kind; `keep-dirs` leaves folders that are there as they are;
 * `exclude=PATH` leaves out a path below SRC with all it holds; `no-xattrs`; `twins` keeps hard links also between the
 * copies of one batch that say so.
 */
#include "tree.h"

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

struct copying {
	struct tree *tree;
	const struct record *record;
	bool has_uid, has_gid, has_mode, has_dir_mode, has_umask, has_mtime;
	bool replace, keep_dirs, recurse, xattrs;
	uint64_t uid, gid, mode, dir_mode, umask;
	int64_t mtime;
	uint64_t entries, bytes;
	char below[WALK_PATH_MAX];  /* path below SRC, for exclude= and errors */
	char target[WALK_PATH_MAX]; /* path of the copy in the root */
	struct twins own;           /* paths in the root */
	struct twins *twins;
};

static int copy_fail(struct copying *copying, const char *call)
{
	return fail(copying->tree->run, call, "%s", copying->target[0] ? copying->target : "/");
}

static int take_number(struct tree *tree, const char *text, const char *key, uint64_t most, bool *has, uint64_t *number)
{
	size_t size = strlen(key);
	if (strncmp(text, key, size) != 0)
		return -1;
	*has = true;
	return parse_number(text + size, most, number) ? 0 : fail_config(tree->run, "copy: bad number in %s", text);
}

static int take_option(struct copying *copying, const char *text)
{
	struct tree *tree = copying->tree;
	uint64_t mtime;
	int taken = take_number(tree, text, "uid=", UINT32_MAX - 1, &copying->has_uid, &copying->uid);
	if (taken < 0)
		taken = take_number(tree, text, "gid=", UINT32_MAX - 1, &copying->has_gid, &copying->gid);
	if (taken < 0)
		taken = take_number(tree, text, "mode=", 07777, &copying->has_mode, &copying->mode);
	if (taken < 0)
		taken = take_number(tree, text, "dir-mode=", 07777, &copying->has_dir_mode, &copying->dir_mode);
	if (taken < 0)
		taken = take_number(tree, text, "umask=", 07777, &copying->has_umask, &copying->umask);
	if (taken < 0) {
		taken = take_number(tree, text, "mtime=", INT64_MAX, &copying->has_mtime, &mtime);
		if (taken == 0)
			copying->mtime = (int64_t)mtime;
	}
	if (taken >= 0)
		return taken;
	if (strcmp(text, "replace") == 0)
		copying->replace = true;
	else if (strcmp(text, "keep-dirs") == 0)
		copying->keep_dirs = true;
	else if (strcmp(text, "no-recurse") == 0)
		copying->recurse = false;
	else if (strcmp(text, "no-xattrs") == 0)
		copying->xattrs = false;
	else if (strcmp(text, "twins") == 0)
		copying->twins = &tree->twins;
	else if (strcmp(text, "contents") != 0 && strcmp(text, "follow") != 0 && strncmp(text, "exclude=", 8) != 0)
		return fail_config(tree->run, "copy: unknown option %s", text);
	return 0;
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
	if (fchown(to, uid_of(copying, st), gid_of(copying, st)) < 0)
		return copy_fail(copying, "fchown");
	if (fchmod(to, mode_of(copying, st)) < 0)
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
	cleanup_close int out = openat(to, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
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

static int copy_entry(struct copying *copying, int from, const char *name, int to, const char *to_name);

static bool extend(char path[WALK_PATH_MAX], size_t size, const char *name)
{
	return snprintf(path + size, WALK_PATH_MAX - size, "%s%s", size ? "/" : "", name) < (int)(WALK_PATH_MAX - size);
}

static int copy_content_of(struct copying *copying, int from, int to)
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
	if (copying->recurse)
		failed = copy_content_of(copying, in, out);
	if (failed || (there && copying->keep_dirs))
		return failed;
	failed = finish(copying, in, out, &st);
	times_of(copying, &st, times);
	if (!failed && futimens(out, times) < 0)
		failed = copy_fail(copying, "futimens");
	return failed;
}

static int copy_entry(struct copying *copying, int from, const char *name, int to, const char *to_name)
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

static int copy_contents(struct copying *copying, const struct place *from, const struct place *to)
{
	cleanup_close int in = openat(from->parent, from->name, FOLDER);
	if (in < 0)
		return fail(copying->tree->run, "open", "%s", copying->record->args[1].data);
	cleanup_close int out = openat(to->parent, to->name, FOLDER);
	return out < 0 ? copy_fail(copying, "open") : copy_content_of(copying, in, out);
}

static struct walk *source_of(struct tree *tree, const char *name)
{
	if (strcmp(name, ".") == 0)
		return &tree->walk;
	for (size_t i = 0; i < tree->source_count; i++)
		if (strcmp(tree->sources[i].name, name) == 0)
			return &tree->sources[i].walk;
	return NULL;
}

int tree_copy(struct tree *tree, const struct record *record)
{
	struct copying copying = { .tree = tree, .record = record, .recurse = true, .xattrs = true };
	struct place from, to = { .parent = -1 };
	struct walk *source = source_of(tree, record->args[0].data);
	bool contents = tree_says(record, 3, "contents");
	copying.twins = &copying.own;
	int failed = source ? 0 : fail_config(tree->run, "copy: no source %s", record->args[0].data);
	for (uint32_t i = 3; !failed && i < record->argc; i++)
		failed = take_option(&copying, record->args[i].data);
	if (failed)
		return failed;
	if (walk_place(source, record->args[1].data, contents || tree_says(record, 3, "follow") ? WALK_FOLLOW : 0,
		    &from) < 0)
		failed = fail(tree->run, "open", "%s", record->args[1].data);
	if (!failed)
		failed = tree_place(tree, record->args[2].data, contents ? WALK_FOLLOW : 0, &to);
	if (!failed) {
		strcpy(copying.target, to.path);
		failed = contents ? copy_contents(&copying, &from, &to)
				  : copy_entry(&copying, from.parent, from.name, to.parent, to.name);
	}
	if (!failed) {
		struct json json;
		tree_result(tree, &json);
		json_text(&json, "path", to.path);
		json_unsigned(&json, "entries", copying.entries);
		json_unsigned(&json, "bytes", copying.bytes);
		json_send(tree->run, &json);
	}
	place_close(&from);
	place_close(&to);
	twins_free(&copying.own);
	walk_forget(&tree->walk);
	return failed;
}
