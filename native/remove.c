#include "remove.h"

#include "cleanup.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/*
 * Trees may be thousands of folders deep, each a frame here: what is large is kept once. Only who spares something
 * needs the path, and then it is one of an archive: it fits, or it is kept.
 */
struct removal {
	remove_spares *spares;
	void *context;
	char path[WALK_PATH_MAX];
	size_t size;
};

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static int remove_entry(struct removal *removal, int parent, const char *name);

static int remove_below(struct removal *removal, int parent, const char *name)
{
	size_t size = removal->size;
	if (removal->spares) {
		size_t more = strlen(name) + 1;
		if (size + more >= sizeof removal->path) {
			errno = ENAMETOOLONG;
			return -1;
		}
		removal->path[size] = '/';
		memcpy(removal->path + size + 1, name, more);
		removal->size = size + more;
	}
	int failed = remove_entry(removal, parent, name);
	removal->size = size;
	removal->path[size] = 0;
	return failed;
}

static int remove_content(struct removal *removal, int fd)
{
	cleanup_folder DIR *folder = fdopendir(fd);
	if (!folder) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry)
			return errno ? -1 : 0;
		if (!is_dots(entry->d_name) && remove_below(removal, dirfd(folder), entry->d_name) < 0 &&
			errno != ENOENT)
			return -1;
	}
}

static int remove_entry(struct removal *removal, int parent, const char *name)
{
	bool spared = removal->spares && removal->spares(removal->context, removal->path);
	if (!spared && unlinkat(parent, name, 0) == 0)
		return 0;
	if (!spared && errno != EISDIR && errno != EPERM)
		return -1;
	int why = errno;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		errno = why;
		return spared ? 0 : -1;
	}
	if (fd < 0 || remove_content(removal, fd) < 0)
		return -1;
	return spared ? 0 : unlinkat(parent, name, AT_REMOVEDIR);
}

int remove_tree_except(int parent, const char *name, const char *path, remove_spares *spares, void *context)
{
	struct removal removal = { .spares = spares, .context = context, .size = strlen(path) };
	if (removal.size >= sizeof removal.path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(removal.path, path, removal.size + 1);
	return remove_entry(&removal, parent, name);
}

int remove_tree(int parent, const char *name)
{
	return remove_tree_except(parent, name, "", NULL, NULL);
}
