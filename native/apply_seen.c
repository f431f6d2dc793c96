#include "apply.h"

#include <stdlib.h>
#include <string.h>

static uint64_t step(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 0x100000001b3u;
}

static uint64_t finish(uint64_t hash)
{
	hash ^= hash >> 31;
	return hash ? hash : 1;
}

static bool put(struct apply_seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->capacity - 1);
	while (seen->slots[at] && seen->slots[at] != hash)
		at = (at + 1) & (seen->capacity - 1);
	bool is_new = seen->slots[at] == 0;
	seen->slots[at] = hash;
	return is_new;
}

static int grow(struct apply_seen *seen)
{
	struct apply_seen bigger = { .capacity = seen->capacity ? seen->capacity * 2 : 4096 };
	bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < seen->capacity; i++)
		if (seen->slots[i])
			bigger.count += put(&bigger, seen->slots[i]);
	free(seen->slots);
	*seen = bigger;
	return 0;
}

/* With every folder on the way, so that a folder with something of ours below it is known too. */
int apply_seen_add(struct apply *apply, const char *path)
{
	struct apply_seen *seen = &apply->seen;
	uint64_t hash = 0xcbf29ce484222325u;
	for (const char *p = path;; p++) {
		if (*p == '/' || *p == 0) {
			if ((seen->count + 1) * 2 > seen->capacity && grow(seen) < 0)
				return apply_fail(apply, "malloc");
			seen->count += put(seen, finish(hash));
		}
		if (*p == 0)
			return 0;
		hash = step(hash, *p);
	}
}

bool apply_seen_has(const struct apply *apply, const char *path)
{
	const struct apply_seen *seen = &apply->seen;
	uint64_t hash = 0xcbf29ce484222325u;
	if (seen->capacity == 0)
		return false;
	for (const char *p = path; *p; p++)
		hash = step(hash, *p);
	hash = finish(hash);
	for (size_t at = hash & (seen->capacity - 1); seen->slots[at]; at = (at + 1) & (seen->capacity - 1))
		if (seen->slots[at] == hash)
			return true;
	return false;
}
