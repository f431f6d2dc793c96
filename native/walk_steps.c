#include "walk_steps.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FOLDER (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void place_close(struct place *place)
{
	if (place->parent >= 0)
		close(place->parent);
	place->parent = -1;
}

/* A resolution under way: `fd` is the folder `real`; `rest` is what is still to be walked. */
struct steps {
	struct walk *walk;
	int fd;
	char real[WALK_PATH_MAX];
	size_t real_size;
	char rest[WALK_PATH_MAX * 2];
	int links;
	unsigned flags;
};

static int start_at_root(struct steps *steps)
{
	int fd = openat(steps->walk->root, ".", FOLDER);
	if (fd < 0)
		return -1;
	if (steps->fd >= 0)
		close(steps->fd);
	steps->fd = fd;
	steps->real_size = 0;
	steps->real[0] = 0;
	return 0;
}

static int append_real(struct steps *steps, const char *name)
{
	size_t size = strlen(name);
	if (steps->real_size + size + 2 > sizeof steps->real) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (steps->real_size)
		steps->real[steps->real_size++] = '/';
	memcpy(steps->real + steps->real_size, name, size + 1);
	steps->real_size += size;
	return 0;
}

static int enter(struct steps *steps, const char *name)
{
	int fd = openat(steps->fd, name, FOLDER);
	if (fd < 0)
		return -1;
	close(steps->fd);
	steps->fd = fd;
	return append_real(steps, name);
}

/* `..` is not asked of the kernel, which would follow a folder that was moved out: the way is walked again. */
static int go_up(struct steps *steps)
{
	char real[WALK_PATH_MAX];
	memcpy(real, steps->real, steps->real_size + 1);
	char *slash = strrchr(real, '/');
	if (slash)
		*slash = 0;
	else
		real[0] = 0;
	if (start_at_root(steps) < 0)
		return -1;
	char *save = NULL;
	for (char *name = strtok_r(real, "/", &save); name; name = strtok_r(NULL, "/", &save))
		if (enter(steps, name) < 0)
			return -1;
	return 0;
}

/* Puts a link's target before what is left. */
static int follow(struct steps *steps, const char *target)
{
	size_t size = strlen(target), left = strlen(steps->rest);
	if (++steps->links > WALK_LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (size + left + 2 > sizeof steps->rest) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(steps->rest + size + 1, steps->rest, left + 1);
	memcpy(steps->rest, target, size);
	steps->rest[size] = '/';
	return target[0] == '/' ? start_at_root(steps) : 0;
}

/* Takes the first component off `rest`. 0 when there is none. */
static int next_name(struct steps *steps, char name[NAME_MAX + 2])
{
	char *p = steps->rest;
	while (*p == '/')
		p++;
	size_t size = strcspn(p, "/");
	if (size > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, p, size);
	name[size] = 0;
	memmove(steps->rest, p + size, strlen(p + size) + 1);
	return size > 0;
}

static bool nothing_left(const struct steps *steps)
{
	return steps->rest[strspn(steps->rest, "/")] == 0;
}

static int read_link(int parent, const char *name, char target[WALK_PATH_MAX])
{
	ssize_t n = readlinkat(parent, name, target, WALK_PATH_MAX - 1);
	if (n < 0)
		return -1;
	target[n] = 0;
	return 0;
}

/* One folder further, through a link, or made. */
static int step_in(struct steps *steps, const char *name)
{
	char target[WALK_PATH_MAX];
	if (enter(steps, name) == 0)
		return 0;
	int why = errno;
	if (why == ENOTDIR || why == ELOOP) {
		if (read_link(steps->fd, name, target) == 0)
			return follow(steps, target);
		errno = ENOTDIR;
	}
	if ((why != ENOENT && why != ENOTDIR) || !(steps->flags & WALK_MAKE) || !steps->walk->make)
		return -1;
	size_t size = steps->real_size;
	if (append_real(steps, name) < 0)
		return -1;
	int made = steps->walk->make(steps->walk->context, steps->fd, name, steps->real);
	steps->real_size = size;
	steps->real[size] = 0;
	return made < 0 ? -1 : enter(steps, name);
}

/* `..` and `.` as the last component, and the root, are folders: the place is `.` in themselves. */
static int walk_steps(struct steps *steps, bool whole, char last[NAME_MAX + 2])
{
	for (;;) {
		char name[NAME_MAX + 2];
		char target[WALK_PATH_MAX];
		int found = next_name(steps, name);
		if (found < 0)
			return -1;
		if (found == 0) {
			strcpy(last, ".");
			return 0;
		}
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			if (go_up(steps) < 0)
				return -1;
			continue;
		}
		if (whole || !nothing_left(steps)) {
			if (step_in(steps, name) < 0)
				return -1;
			continue;
		}
		if ((steps->flags & WALK_FOLLOW) && read_link(steps->fd, name, target) == 0) {
			if (follow(steps, target) < 0)
				return -1;
			continue;
		}
		strcpy(last, name);
		return 0;
	}
}

static int start(struct steps *steps, struct walk *walk, const char *path, size_t size, unsigned flags)
{
	steps->walk = walk;
	steps->fd = -1;
	steps->links = 0;
	steps->flags = flags;
	if (size >= WALK_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(steps->rest, path, size);
	steps->rest[size] = 0;
	return start_at_root(steps);
}

int walk_place(struct walk *walk, const char *path, unsigned flags, struct place *place)
{
	struct steps steps;
	place->parent = -1;
	if (start(&steps, walk, path, strlen(path), flags) < 0 || walk_steps(&steps, false, place->name) < 0) {
		int why = errno;
		if (steps.fd >= 0)
			close(steps.fd);
		errno = why;
		return -1;
	}
	/* The place of a folder that was reached by `..` or a slash at the end is its own name in its parent, if any.
	 */
	if (strcmp(place->name, ".") == 0 && steps.real_size > 0) {
		const char *slash = strrchr(steps.real, '/');
		strcpy(place->name, slash ? slash + 1 : steps.real);
		memcpy(place->path, steps.real, steps.real_size + 1);
		int up = go_up(&steps);
		place->parent = steps.fd;
		return up;
	}
	place->parent = steps.fd;
	if (strcmp(place->name, ".") != 0 && append_real(&steps, place->name) < 0)
		return -1;
	memcpy(place->path, steps.real, steps.real_size + 1);
	return 0;
}

int walk_slowly(struct walk *walk, const char *path, size_t size, unsigned flags)
{
	struct steps steps;
	char last[NAME_MAX + 2];
	if (start(&steps, walk, path, size, flags) == 0 && walk_steps(&steps, true, last) == 0)
		return steps.fd;
	int why = errno;
	if (steps.fd >= 0)
		close(steps.fd);
	errno = why;
	return -1;
}
