#include "walk.h"

#include "cleanup.h"
#include "walk_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void walk_open(struct walk *walk, int root)
{
	*walk = (struct walk){ .root = root };
	for (int i = 0; i < WALK_CACHE; i++)
		walk->slots[i].fd = -1;
}

void walk_forget(struct walk *walk)
{
	for (int i = 0; i < WALK_CACHE; i++) {
		if (walk->slots[i].fd < 0)
			continue;
		close(walk->slots[i].fd);
		free(walk->slots[i].path);
		walk->slots[i] = (struct walk_slot){ .fd = -1 };
	}
}

void walk_close(struct walk *walk)
{
	walk_forget(walk);
}

static uint64_t hash_path(const char *path, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3u;
	return hash ^ hash >> 29;
}

static int remember(struct walk *walk, uint64_t hash, const char *path, size_t size, int fd)
{
	struct walk_slot *slot = &walk->slots[hash % WALK_CACHE];
	char *copy = malloc(size ? size : 1);
	if (!copy) {
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	memcpy(copy, path, size);
	if (slot->fd >= 0)
		close(slot->fd);
	free(slot->path);
	*slot = (struct walk_slot){ hash, copy, size, fd };
	return fd;
}

/* Apart, because walk_folder recurses and must keep its frames small. */
static apart int make_folder(struct walk *walk, int parent, const char *name, const char *path, size_t size)
{
	char whole[WALK_PATH_MAX];
	if (size >= sizeof whole) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(whole, path, size);
	whole[size] = 0;
	if (walk->make(walk->context, parent, name, whole) < 0)
		return -1;
	return openat(parent, name, FOLDER);
}

int walk_folder(struct walk *walk, const char *path, size_t size, unsigned flags)
{
	if (size == 0)
		return walk->root;
	uint64_t hash = hash_path(path, size);
	const struct walk_slot *slot = &walk->slots[hash % WALK_CACHE];
	if (slot->fd >= 0 && slot->hash == hash && slot->size == size && memcmp(slot->path, path, size) == 0)
		return slot->fd;

	size_t name_at = size;
	while (name_at > 0 && path[name_at - 1] != '/')
		name_at--;
	if (size - name_at > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The way to the parent goes through the cache; one more component, and only a link needs the slow way. */
	int parent = walk_folder(walk, path, name_at ? name_at - 1 : 0, flags);
	if (parent < 0)
		return -1;
	char name[NAME_MAX + 1];
	memcpy(name, path + name_at, size - name_at);
	name[size - name_at] = 0;
	int fd = openat(parent, name, FOLDER);
	if (fd < 0 && errno == ENOENT && (flags & WALK_MAKE) && walk->make)
		fd = make_folder(walk, parent, name, path, size);
	else if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		fd = walk_slowly(walk, path, size, flags);
	return fd < 0 ? -1 : remember(walk, hash, path, size, fd);
}
