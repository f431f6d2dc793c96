#include "twins.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct twin *slot_of(const struct twins *twins, dev_t device, ino_t inode)
{
	uint64_t hash = ((uint64_t)inode * 0x9e3779b97f4a7c15u) ^ (uint64_t)device;
	size_t at = (size_t)(hash >> 20) & (twins->capacity - 1);
	while (twins->slots[at].path && (twins->slots[at].inode != inode || twins->slots[at].device != device))
		at = (at + 1) & (twins->capacity - 1);
	return &twins->slots[at];
}

const char *twins_find(const struct twins *twins, dev_t device, ino_t inode)
{
	return twins->capacity ? slot_of(twins, device, inode)->path : NULL;
}

static int grow(struct twins *twins)
{
	struct twins bigger = { .capacity = twins->capacity ? twins->capacity * 2 : 64, .count = twins->count };
	bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < twins->capacity; i++)
		if (twins->slots[i].path)
			*slot_of(&bigger, twins->slots[i].device, twins->slots[i].inode) = twins->slots[i];
	free(twins->slots);
	*twins = bigger;
	return 0;
}

int twins_add(struct twins *twins, dev_t device, ino_t inode, const char *path)
{
	if ((twins->count + 1) * 2 > twins->capacity && grow(twins) < 0)
		return -1;
	struct twin *slot = slot_of(twins, device, inode);
	char *copy = strdup(path);
	if (!copy)
		return -1;
	twins->count += slot->path == NULL;
	free(slot->path);
	*slot = (struct twin){ device, inode, copy };
	return 0;
}

void twins_free(struct twins *twins)
{
	for (size_t i = 0; i < twins->capacity; i++)
		free(twins->slots[i].path);
	free(twins->slots);
	*twins = (struct twins){ 0 };
}
