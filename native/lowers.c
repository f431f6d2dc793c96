#include "lowers.h"

#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int lowers_open(struct run *run, const struct record *record, struct lowers *lowers)
{
	const char *text;
	int failed = record_want(run, record, 1, 501);
	for (uint32_t i = 0; !failed && i < record->argc; i++)
		failed = record_text(run, record, i, &text);
	if (failed)
		return failed;
	lowers->record = record;
	lowers->cwd = open(record->args[0].data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return lowers->cwd < 0 ? fail(run, "open", "%s", record->args[0].data) : 0;
}

static bool is_opaque(const struct lowers *lowers, int fd)
{
	char value;
	return fgetxattr(fd, lowers->opaque_xattr, &value, 1) == 1 && value == 'y';
}

/* The folder in one layer: an fd; or -1, and `*covered` when nothing of the layers below shows there. */
static int find_in_layer(const struct lowers *lowers, const char *layer, const char *path, bool *covered)
{
	char rest[WALK_PATH_MAX];
	char *save = NULL;
	int fd = openat(lowers->cwd, layer, FOLDER);
	strcpy(rest, path);
	for (const char *name = strtok_r(rest, "/", &save); fd >= 0 && name; name = strtok_r(NULL, "/", &save)) {
		*covered = *covered || is_opaque(lowers, fd);
		int next = openat(fd, name, FOLDER);
		if (next < 0 && errno != ENOENT)
			*covered = true; /* a whiteout, a file, a link */
		close(fd);
		fd = next;
	}
	return fd;
}

int lowers_find(const struct lowers *lowers, const char *path)
{
	bool covered = false;
	for (uint32_t i = 1; lowers->cwd >= 0 && i < lowers->record->argc && !covered; i++) {
		int found = find_in_layer(lowers, lowers->record->args[i].data, path, &covered);
		if (found >= 0)
			return found;
	}
	return -1;
}
