/* Files with several names that were met already, and under which path first. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct twin {
	dev_t device;
	ino_t inode;
	char *path; /* NULL: an empty slot */
};

struct twins {
	struct twin *slots;
	size_t count, capacity;
};

/* The path of the first name, or NULL. */
const char *twins_find(const struct twins *twins, dev_t device, ino_t inode);
/* 0, or -1 when there is no memory. */
int twins_add(struct twins *twins, dev_t device, ino_t inode, const char *path);
void twins_free(struct twins *twins);
