/* The names in a folder, sorted by their bytes: the order in which everything that we write is. */
#pragma once

#include <stddef.h>

struct listing {
	char *names; /* one after the other, each with its NUL */
	size_t size, capacity;
	const char **sorted;
	size_t count;
};

/* Reads the folder behind `fd` (not O_PATH), without `.` and `..`. 0, or -1 with errno. */
int listing_read(int fd, struct listing *listing);
void listing_free(struct listing *listing);
