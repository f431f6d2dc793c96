/* What operations are told: numbers, words, places. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int tree_number(struct tree *tree, const struct record *record, uint32_t index, uint64_t most, uint64_t *number)
{
	return record_number(tree->run, record, index, most, number);
}

int tree_time(struct tree *tree, const struct record *record, uint32_t index, struct timespec *time)
{
	int64_t seconds;
	uint64_t nsec;
	int failed = record_signed(tree->run, record, index, INT64_MIN, INT64_MAX, &seconds);
	if (!failed)
		failed = record_number(tree->run, record, index + 1, 999999999, &nsec);
	if (!failed)
		*time = (struct timespec){ .tv_sec = seconds, .tv_nsec = (long)nsec };
	return failed;
}

bool tree_says(const struct record *record, uint32_t first, const char *word)
{
	for (uint32_t i = first; i < record->argc; i++)
		if (strcmp(record->args[i].data, word) == 0)
			return true;
	return false;
}

int tree_place(struct tree *tree, const char *path, unsigned flags, struct place *place)
{
	if (walk_place(&tree->walk, path, flags, place) < 0)
		return fail(tree->run, "open", "%s", path);
	return 0;
}

int tree_open_file(int parent, const char *name, struct stat *st)
{
	int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	int why = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	close(fd);
	errno = why;
	return -1;
}
