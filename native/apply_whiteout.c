#include "apply.h"

#include "cleanup.h"
#include "remove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool is_whiteout_device(const struct tar_entry *entry)
{
	return entry->type == '3' && entry->major == 0 && entry->minor == 0;
}

int apply_mark_opaque(struct apply *apply, int fd)
{
	return fsetxattr(fd, apply->opaque_xattr, "y", 1, 0) < 0 ? apply_fail(apply, "setxattr (opaque)") : 0;
}

static bool is_ours(void *context, const char *path)
{
	return apply_seen_has(context, path);
}

static int hide_in_layer(struct apply *apply, int parent, const char *name)
{
	struct stat st;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		/* This layer brought it already: only what lies below a folder of that name is hidden. */
		if (!S_ISDIR(st.st_mode))
			return 0;
		cleanup_close int fd = openat(parent, name, FOLDER);
		return fd < 0 ? apply_fail(apply, "open") : apply_mark_opaque(apply, fd);
	}
	if (errno != ENOENT)
		return apply_fail(apply, "stat");
	return mknodat(parent, name, S_IFCHR, makedev(0, 0)) < 0 ? apply_fail(apply, "mknod (whiteout)") : 0;
}

int apply_whiteout(struct apply *apply, int parent, const char *name, const char *path)
{
	if (name[0] == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return apply_refuse(apply, "a whiteout that names no file");
	if (apply->overlay)
		return hide_in_layer(apply, parent, name);
	if (remove_tree_except(parent, name, path, is_ours, apply) < 0 && errno != ENOENT)
		return apply_fail(apply, "remove");
	walk_forget(&apply->walk);
	return 0;
}

int apply_opaque(struct apply *apply, const char *path, size_t size)
{
	char folder[WALK_PATH_MAX];
	memcpy(folder, path, size);
	folder[size] = 0;
	int at = walk_folder(&apply->walk, folder, size, WALK_MAKE);
	if (at < 0)
		return apply_fail(apply, "open");
	cleanup_close int fd = openat(at, ".", FOLDER);
	if (fd < 0)
		return apply_fail(apply, "open");
	if (apply->overlay)
		return apply_mark_opaque(apply, fd);
	/* Everything in it that is not ours goes; the folder itself stays. */
	cleanup_folder DIR *list = fdopendir(take_fd(&fd));
	if (!list)
		return apply_fail(apply, "opendir");
	for (;;) {
		char below[WALK_PATH_MAX + NAME_MAX + 2];
		errno = 0;
		const struct dirent *entry = readdir(list);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		strcpy(below, folder);
		if (size)
			strcat(below, "/");
		strcat(below, entry->d_name);
		if (remove_tree_except(dirfd(list), entry->d_name, below, is_ours, apply) < 0 && errno != ENOENT)
			return apply_fail(apply, "remove");
	}
	walk_forget(&apply->walk);
	return errno ? apply_fail(apply, "readdir") : 0;
}
