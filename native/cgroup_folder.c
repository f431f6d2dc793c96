#include "cgroup_folder.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#define MARK "user.containerize.made"
/* How often somebody may take a folder away that was just found or made. */
#define TRIES 100

void cgroup_pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

void cgroup_folder_mark(const char *path)
{
	setxattr(path, MARK, "", 0, 0);
}

/* The folders above `path`, from the top. -1 and errno on failure. */
static int make_parents(char *path)
{
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		bool made = mkdir(path, 0755) == 0;
		if (made)
			cgroup_folder_mark(path);
		else if (errno != EEXIST)
			return -1; /* `path` now ends with the folder that could not be made */
		*at = '/';
	}
	return 0;
}

int cgroup_folder_make(struct run *run, const char *path)
{
	char parents[PATH_MAX];
	for (int tries = 0;; tries++) {
		if (mkdir(path, 0755) == 0 || errno == EEXIST)
			return 0;
		if (errno != ENOENT || tries == TRIES || strlen(path) >= sizeof parents)
			return fail(run, "mkdir", "%s", path);
		strcpy(parents, path);
		if (make_parents(parents) < 0 && errno != ENOENT)
			return fail(run, "mkdir", "%s", parents);
	}
}

/* Depth first: a container may have made groups of its own below. */
static int remove_tree(int parent, const char *name)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	/* O_NOFOLLOW: cgroupfs has no links, but the path is only as good as who named it. */
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	cleanup_folder DIR *folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(fd, entry->d_name);
	return unlinkat(parent, name, AT_REMOVEDIR);
}

static void remove_parents(char *path)
{
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash != path;) {
		*slash = '\0';
		/* Not empty, or in use: whoever is last takes it away. */
		if (getxattr(path, MARK, NULL, 0) < 0 || rmdir(path) < 0)
			return;
	}
}

void cgroup_folder_remove(const char *path)
{
	char parents[PATH_MAX];
	/* EBUSY while dead processes are still being taken apart. */
	long wait = 1;
	while (remove_tree(AT_FDCWD, path) < 0 && errno == EBUSY && wait <= 1024) {
		cgroup_pause_ms(wait);
		wait *= 2;
	}
	if (strlen(path) < sizeof parents)
		remove_parents(strcpy(parents, path));
}
