#include "listing.h"

#include "cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

struct entry64 {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static int add(struct listing *listing, const char *name)
{
	size_t size = strlen(name) + 1;
	if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)))
		return 0;
	if (listing->size + size > listing->capacity) {
		size_t capacity = (listing->size + size) * 2;
		char *names = realloc(listing->names, capacity);
		if (!names)
			return -1;
		listing->names = names;
		listing->capacity = capacity;
	}
	memcpy(listing->names + listing->size, name, size);
	listing->size += size;
	listing->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int listing_read(int fd, struct listing *listing)
{
	_Alignas(struct entry64) char buffer[16384];
	*listing = (struct listing){ 0 };
	for (;;) {
		long n = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
		if (n < 0)
			goto failed;
		if (n == 0)
			break;
		for (long at = 0; at < n;) {
			const struct entry64 *entry = (const struct entry64 *)(const void *)(buffer + at);
			if (add(listing, entry->name) < 0)
				goto failed;
			at += entry->size;
		}
	}
	listing->sorted = malloc((listing->count + 1) * sizeof *listing->sorted);
	if (!listing->sorted)
		goto failed;
	const char *name = listing->names;
	for (size_t i = 0; i < listing->count; i++, name += strlen(name) + 1)
		listing->sorted[i] = name;
	qsort(listing->sorted, listing->count, sizeof *listing->sorted, compare);
	return 0;
failed:;
	int why = errno;
	listing_free(listing);
	errno = why;
	return -1;
}

void listing_free(struct listing *listing)
{
	free(listing->names);
	free(listing->sorted);
	*listing = (struct listing){ 0 };
}
