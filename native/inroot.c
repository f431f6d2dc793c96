#include "inroot.h"

#include "cleanup.h"
#include "syscalls.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* As many symbolic links as the kernel itself follows. */
#define MAX_LINKS 40

/* Before Linux 5.6 there is no openat2: the same way, walked by hand (walk.h). */
static int open_by_hand(int root, const char *path, bool links)
{
	struct walk walk;
	struct place place;
	char clean[WALK_PATH_MAX];
	struct stat st;
	walk_open(&walk, root);
	if (walk_place(&walk, path, links ? WALK_FOLLOW : 0, &place) < 0)
		return -1;
	int fd = openat(place.parent, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int why = errno;
	place_close(&place);
	/* A link on the way shows in where the way led, one at its end in what is there. */
	if (fd >= 0 && !links &&
		(path_clean(path, clean) < 0 || strcmp(clean, place.path) != 0 || fstat(fd, &st) < 0 ||
			S_ISLNK(st.st_mode))) {
		close(fd);
		why = ELOOP;
		fd = -1;
	}
	errno = why;
	return fd;
}

static int open_once(int root, const char *path, uint64_t resolve)
{
	/* EAGAIN: something was renamed during the walk and the kernel could not be sure; trying again is what it
	 * wants. */
	for (int tries = 0;; tries++) {
		int fd = sys_openat2(root, *path ? path : ".", O_PATH | O_CLOEXEC, 0,
			RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
		if (fd < 0 && errno == ENOSYS)
			return open_by_hand(root, path, !(resolve & RESOLVE_NO_SYMLINKS));
		if (fd >= 0 || errno != EAGAIN || tries == 32)
			return fd;
	}
}

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

/* Makes one missing name in an open folder. EEXIST is fine: somebody else made it, or it is a dangling link. */
static int make_name(int folder, const char *name, bool is_folder)
{
	if (is_folder)
		return mkdirat(folder, name, 0755) < 0 && errno != EEXIST ? -1 : 0;
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno != EEXIST ? -1 : 0;
}

/*
 * Replaces the last component of `done` (a dangling symbolic link in `folder`) by what it points to and puts `rest`
 * behind it, so that the walk starts again with a longer name: docker images have /etc/resolv.conf -> ../run/....
 */
static int follow_dangling(int folder, const char *name, size_t done_size, char *path, const char *rest)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t size = readlinkat(folder, name, target, sizeof target - 1);
	if (size < 0)
		return -1;
	target[size] = '\0';
	int prefix = target[0] == '/' ? 0 : (int)(done_size - strlen(name));
	int n = snprintf(joined, sizeof joined, "%.*s%s%s%s", prefix, path, target, *rest ? "/" : "", rest);
	if (n < 0 || (size_t)n >= sizeof joined) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(path, joined);
	return 0;
}

static int create_in_root(int root, const char *original, enum create create, uint64_t resolve)
{
	char path[PATH_MAX];
	if (strlen(original) >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(path, original);
	for (int links = 0; links < MAX_LINKS; links++) {
		cleanup_close int folder = open_once(root, "", resolve);
		if (folder < 0)
			return -1;
		char *at = (char *)skip_slashes(path);
		bool again = false;
		while (*at && !again) {
			char *end = at + strcspn(at, "/");
			char *rest = (char *)skip_slashes(end);
			bool is_folder = *rest || *end == '/' || create == CREATE_FOLDER;
			char saved = *end;
			char name[NAME_MAX + 1];
			if (end - at > NAME_MAX) {
				errno = ENAMETOOLONG;
				return -1;
			}
			memcpy(name, at, (size_t)(end - at));
			name[end - at] = '\0';
			*end = '\0';
			/* The whole prefix is resolved again from the root: that is what keeps it inside. */
			int next = open_once(root, path, resolve);
			if (next < 0 && errno == ENOENT) {
				if (make_name(folder, name, is_folder) < 0)
					return -1;
				next = open_once(root, path, resolve);
				if (next < 0 && errno == ENOENT && !(resolve & RESOLVE_NO_SYMLINKS)) {
					char remaining[PATH_MAX];
					strcpy(remaining, rest);
					if (follow_dangling(folder, name, strlen(path), path, remaining) < 0)
						return -1;
					again = true;
					continue;
				}
			}
			if (next < 0)
				return -1;
			*end = saved;
			close(folder);
			folder = next;
			at = rest;
		}
		if (!again)
			return take_fd(&folder);
	}
	errno = ELOOP;
	return -1;
}

static int open_or_create(int root, const char *path, enum create create, uint64_t resolve)
{
	int fd = open_once(root, path, resolve);
	if (fd >= 0 || errno != ENOENT || create == CREATE_NOTHING)
		return fd;
	return create_in_root(root, path, create, resolve);
}

int open_in_root(int root, const char *path, enum create create)
{
	return open_or_create(root, path, create, 0);
}

int open_in_root_strictly(int root, const char *path, enum create create)
{
	return open_or_create(root, path, create, RESOLVE_NO_SYMLINKS);
}

int open_parent_in_root(int root, const char *path, const char **name)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	size_t size = slash ? (size_t)(slash - path) : 0;
	if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	if (size >= sizeof folder) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, size);
	folder[size] = '\0';
	return open_or_create(root, folder, CREATE_FOLDER, 0);
}

bool leads_into_proc(int fd, const char *path)
{
	struct statfs fs;
	if (strcmp(path, "/proc") == 0 || strncmp(path, "/proc/", 6) == 0)
		return false;
	/* What cannot be asked is not trusted. */
	return fstatfs(fd, &fs) < 0 || (long)fs.f_type == MAGIC_PROC;
}
