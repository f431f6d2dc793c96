#include "remove.h"

#include "cleanup.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct removal {
	remove_spares *spares;
	void *context;
};

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static int remove_entry(const struct removal *removal, int parent, const char *name, const char *path);

static int remove_content(const struct removal *removal, int fd, const char *path)
{
	cleanup_folder DIR *folder = fdopendir(fd);
	if (!folder) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	for (;;) {
		char below[WALK_PATH_MAX];
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry)
			return errno ? -1 : 0;
		if (is_dots(entry->d_name))
			continue;
		/* Only who spares something needs the path, and then it is one of an archive: it fits. */
		below[0] = 0;
		if (removal->spares && snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below)
			below[0] = 0;
		if (remove_entry(removal, dirfd(folder), entry->d_name, below) < 0 && errno != ENOENT)
			return -1;
	}
}

static int remove_entry(const struct removal *removal, int parent, const char *name, const char *path)
{
	bool spared = removal->spares && removal->spares(removal->context, path);
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
	if (fd < 0 || remove_content(removal, fd, path) < 0)
		return -1;
	return spared ? 0 : unlinkat(parent, name, AT_REMOVEDIR);
}

int remove_tree_except(int parent, const char *name, const char *path, remove_spares *spares, void *context)
{
	struct removal removal = { spares, context };
	return remove_entry(&removal, parent, name, path);
}

int remove_tree(int parent, const char *name)
{
	return remove_tree_except(parent, name, "", NULL, NULL);
}
