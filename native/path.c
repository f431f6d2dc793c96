/* Paths by their text alone. */
#include "walk.h"

#include <errno.h>
#include <string.h>

int path_clean(const char *path, char clean[WALK_PATH_MAX])
{
	size_t used = 0;
	while (*path) {
		size_t size = strcspn(path, "/");
		if (size == 2 && path[0] == '.' && path[1] == '.') {
			if (used == 0) {
				errno = EXDEV;
				return -1;
			}
			while (used > 0 && clean[used - 1] != '/')
				used--;
			used -= used > 0;
		} else if (size > 0 && !(size == 1 && path[0] == '.')) {
			if (used + size + 2 > WALK_PATH_MAX) {
				errno = ENAMETOOLONG;
				return -1;
			}
			if (used)
				clean[used++] = '/';
			memcpy(clean + used, path, size);
			used += size;
		}
		path += size;
		path += *path == '/';
	}
	clean[used] = 0;
	return 0;
}

const char *path_split(const char *clean, size_t *parent_size)
{
	const char *slash = strrchr(clean, '/');
	*parent_size = slash ? (size_t)(slash - clean) : 0;
	return slash ? slash + 1 : clean;
}
