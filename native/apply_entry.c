/* One entry of the archive becomes one thing in the root. */
#include "apply.h"

#include "cleanup.h"
#include "remove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define OPAQUE ".wh..wh..opq"

/*
 * Something is where an entry goes (the call that makes it said EEXIST): it is removed, unless it is a folder that a
 * folder joins. `*hid` says that it was this layer's own mark for "hidden".
 */
static int make_way(struct apply *apply, int parent, const char *name, bool *hid)
{
	struct stat st;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return apply_fail(apply, "stat");
	*hid = apply->overlay && S_ISCHR(st.st_mode) && st.st_rdev == 0;
	if (remove_tree(parent, name) < 0)
		return apply_fail(apply, "remove");
	if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
		walk_forget(&apply->walk);
	return 0;
}

static int write_all(struct apply *apply, int fd, const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return apply_fail(apply, "write");
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_data(struct apply *apply, int fd, uint64_t size)
{
	while (size > 0) {
		const unsigned char *data;
		size_t n = size < TAR_INPUT_SIZE ? (size_t)size : TAR_INPUT_SIZE;
		int failed = tar_data(&apply->tar, &data, &n);
		if (!failed)
			failed = write_all(apply, fd, data, n);
		if (failed)
			return failed;
		tar_data_consume(&apply->tar, n);
		size -= n;
	}
	return 0;
}

static int write_sparse(struct apply *apply, int fd)
{
	const struct tar_entry *entry = &apply->tar.entry;
	for (size_t i = 0; i < entry->sparse.count; i++) {
		const struct tar_segment *segment = &entry->sparse.segments[i];
		if (lseek(fd, (off_t)segment->offset, SEEK_SET) < 0)
			return apply_fail(apply, "lseek");
		int failed = write_data(apply, fd, segment->length);
		if (failed)
			return failed;
	}
	return ftruncate(fd, (off_t)entry->size) < 0 ? apply_fail(apply, "ftruncate") : 0;
}

static int make_file(struct apply *apply, int parent, const char *name)
{
	const struct tar_entry *entry = &apply->tar.entry;
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close int fd = openat(parent, name, flags, entry->mode & 0777);
	if (fd < 0 && errno == EEXIST) {
		bool hid;
		int failed = make_way(apply, parent, name, &hid);
		if (failed)
			return failed;
		fd = openat(parent, name, flags, entry->mode & 0777);
	}
	if (fd < 0)
		return apply_fail(apply, "open");
	if (entry->data_size > apply->max_size - apply->bytes)
		return apply_refuse(apply, "the layer is larger than the %llu bytes that are accepted",
			(unsigned long long)apply->max_size);
	apply->bytes += entry->data_size;
	int failed = entry->is_sparse ? write_sparse(apply, fd) : write_data(apply, fd, entry->data_size);
	return failed ? failed : apply_meta_fd(apply, fd);
}

static int finish_folder(struct apply *apply, int fd, bool opaque)
{
	const struct tar_entry *entry = &apply->tar.entry;
	int failed = opaque ? apply_mark_opaque(apply, fd) : 0;
	if (!failed)
		failed = apply_meta_fd(apply, fd);
	if (!failed)
		failed = apply_folder_later(apply, apply->path, fd, entry->mtime, entry->mtime_nsec);
	return failed;
}

static int make_folder(struct apply *apply, int parent, const char *name)
{
	bool hid = false;
	if (mkdirat(parent, name, apply->tar.entry.mode & 0777) < 0) {
		if (errno != EEXIST)
			return apply_fail(apply, "mkdir");
		cleanup_close int fd = openat(parent, name, FOLDER);
		if (fd >= 0)
			return finish_folder(apply, fd, false);
		if (errno != ENOTDIR && errno != ELOOP)
			return apply_fail(apply, "open");
		int failed = make_way(apply, parent, name, &hid);
		if (failed)
			return failed;
		if (mkdirat(parent, name, apply->tar.entry.mode & 0777) < 0)
			return apply_fail(apply, "mkdir");
	}
	cleanup_close int fd = openat(parent, name, FOLDER);
	return fd < 0 ? apply_fail(apply, "open") : finish_folder(apply, fd, hid);
}

/* The system call that makes a link, device or fifo. -1 with errno. */
static int make_node(const struct tar_entry *entry, int parent, const char *name)
{
	switch (entry->type) {
	case '2':
		return symlinkat(entry->link, parent, name);
	case '3':
		return mknodat(parent, name, S_IFCHR | entry->mode, makedev(entry->major, entry->minor));
	case '4':
		return mknodat(parent, name, S_IFBLK | entry->mode, makedev(entry->major, entry->minor));
	default:
		return mknodat(parent, name, S_IFIFO | entry->mode, 0);
	}
}

static int make_special(struct apply *apply, int parent, const char *name)
{
	const struct tar_entry *entry = &apply->tar.entry;
	if (entry->type == '2' && entry->link[0] == 0)
		return apply_refuse(apply, "a symbolic link to nothing");
	int made = make_node(entry, parent, name);
	if (made < 0 && errno == EEXIST) {
		bool hid;
		int failed = make_way(apply, parent, name, &hid);
		if (failed)
			return failed;
		made = make_node(entry, parent, name);
	}
	if (made < 0 && errno == EPERM && apply->rootless && (entry->type == '3' || entry->type == '4')) {
		apply->skipped_devices++;
		return 0;
	}
	if (made < 0)
		return apply_fail(apply, entry->type == '2' ? "symlink" : "mknod");
	return apply_meta_name(apply, parent, name);
}

static int make_hard_link(struct apply *apply, int parent_there, const char *name)
{
	const struct tar_entry *entry = &apply->tar.entry;
	char target[WALK_PATH_MAX];
	size_t folder_size;
	if (path_clean(entry->link, target) < 0)
		return apply_refuse(apply, "a hard link to %s, which is outside of the root", entry->link);
	if (target[0] == 0)
		return apply_refuse(apply, "a hard link to the root itself");
	if (strcmp(target, apply->path) == 0)
		return 0;
	const char *target_name = path_split(target, &folder_size);
	/* The cache may close the first folder when the second is asked for. */
	cleanup_close int parent = openat(parent_there, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return apply_fail(apply, "open");
	int folder = walk_folder(&apply->walk, target, folder_size, 0);
	if (folder < 0 && (errno == ENOENT || errno == ENOTDIR))
		return apply_refuse(apply, "a hard link to %s, which this layer has not brought", entry->link);
	if (folder < 0)
		return apply_fail(apply, "open");
	struct stat st;
	if (fstatat(folder, target_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (S_ISCHR(st.st_mode) && st.st_rdev == 0))
		return apply_refuse(apply, "a hard link to %s, which this layer has not brought", entry->link);
	if (S_ISDIR(st.st_mode))
		return apply_refuse(apply, "a hard link to %s, which is a folder", entry->link);
	if (linkat(folder, target_name, parent, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return apply_fail(apply, "link");
	struct stat there;
	if (fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == st.st_ino &&
		there.st_dev == st.st_dev)
		return 0;
	bool hid;
	cleanup_close int kept = openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int failed = make_way(apply, parent, name, &hid);
	if (failed)
		return failed;
	return linkat(kept, target_name, parent, name, 0) < 0 ? apply_fail(apply, "link") : 0;
}

/* The root's own entry, `./`. */
static int take_root(struct apply *apply)
{
	if (apply->tar.entry.type != '5')
		return apply_refuse(apply, "the root itself as something other than a folder");
	apply->has_root_entry = true;
	cleanup_close int fd = openat(apply->root, ".", FOLDER);
	return fd < 0 ? apply_fail(apply, "open") : finish_folder(apply, fd, false);
}

static bool has_whiteout_folder(const char *path, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((i == 0 || path[i - 1] == '/') && strncmp(path + i, WHITEOUT, strlen(WHITEOUT)) == 0)
			return true;
	return false;
}

static int make_entry(struct apply *apply, const char *name, size_t folder_size)
{
	int parent = walk_folder(&apply->walk, apply->path, folder_size, WALK_MAKE);
	if (parent < 0) {
		if (apply->failed_in_make)
			return EXIT_SYSCALL;
		if (errno == ENOTDIR || errno == ELOOP)
			return apply_refuse(apply, "what should be its folder is something else");
		return apply_fail(apply, "open");
	}
	if (strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0) {
		char hidden[WALK_PATH_MAX];
		memcpy(hidden, apply->path, (size_t)(name - apply->path));
		strcpy(hidden + (name - apply->path), name + strlen(WHITEOUT));
		return apply_whiteout(apply, parent, name + strlen(WHITEOUT), hidden);
	}
	if (is_whiteout_device(&apply->tar.entry))
		return apply_whiteout(apply, parent, name, apply->path);
	if (!apply->overlay) {
		int failed = apply_seen_add(apply, apply->path);
		if (failed)
			return failed;
	}
	switch (apply->tar.entry.type) {
	case '0':
		return make_file(apply, parent, name);
	case '1':
		return make_hard_link(apply, parent, name);
	case '5':
		return make_folder(apply, parent, name);
	default:
		return make_special(apply, parent, name);
	}
}

int apply_entry(struct apply *apply)
{
	size_t folder_size;
	if (path_clean(apply->tar.entry.path, apply->path) < 0) {
		apply->path[0] = 0;
		return apply_refuse(apply, errno == EXDEV ? "its name leads out of the root" : "its name is too long");
	}
	if (apply->path[0] == 0)
		return take_root(apply);
	const char *name = path_split(apply->path, &folder_size);
	if (apply->refuse_whiteouts &&
		(has_whiteout_folder(apply->path, strlen(apply->path)) || is_whiteout_device(&apply->tar.entry)))
		return apply_refuse(
			apply, "names that begin with .wh. mark what is deleted in layers; they cannot be unpacked");
	if (strcmp(name, OPAQUE) == 0 && !has_whiteout_folder(apply->path, folder_size))
		return apply_opaque(apply, apply->path, folder_size);
	/* AUFS kept its own files under such names, and old images carry them: they mean nothing. */
	if (strncmp(name, WHITEOUT_META, strlen(WHITEOUT_META)) == 0 ||
		strncmp(apply->path, WHITEOUT_META, strlen(WHITEOUT_META)) == 0) {
		apply->skipped_names++;
		return 0;
	}
	if (has_whiteout_folder(apply->path, folder_size))
		return apply_refuse(apply, "names that begin with .wh. mark what is deleted, this is a folder");
	return make_entry(apply, name, folder_size);
}
