#include "xattrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

bool xattr_travels(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) != 0 && strncmp(name, "user.overlay.", 13) != 0 &&
	       strcmp(name, "security.selinux") != 0 && strcmp(name, "security.evm") != 0;
}

int xattrs_read(const struct xattr_file *file, struct xattr_names *names)
{
	if (!names->names) {
		names->names = malloc(XATTR_NAMES_SIZE);
		names->value = malloc(XATTR_VALUE_SIZE);
		if (!names->names || !names->value)
			return -1;
	}
	names->size = file->fd >= 0 ? flistxattr(file->fd, names->names, XATTR_NAMES_SIZE)
				    : llistxattr(file->name, names->names, XATTR_NAMES_SIZE);
	if (names->size >= 0)
		return 0;
	names->size = 0;
	return errno == ENOTSUP || errno == ENOSYS ? 0 : -1;
}

ssize_t xattrs_value(const struct xattr_file *file, struct xattr_names *names, const char *name)
{
	return file->fd >= 0 ? fgetxattr(file->fd, name, names->value, XATTR_VALUE_SIZE)
			     : lgetxattr(file->name, name, names->value, XATTR_VALUE_SIZE);
}

void xattrs_free(struct xattr_names *names)
{
	free(names->names);
	free(names->value);
	*names = (struct xattr_names){ 0 };
}

static int set(const struct xattr_file *file, const char *name, const void *value, size_t size)
{
	return file->fd >= 0 ? fsetxattr(file->fd, name, value, size, 0) : lsetxattr(file->name, name, value, size, 0);
}

int xattrs_copy(const struct xattr_file *from, const struct xattr_file *to, struct xattr_names *room)
{
	if (xattrs_read(from, room) < 0)
		return -1;
	for (const char *name = room->names; name < room->names + room->size; name += strlen(name) + 1) {
		if (!xattr_travels(name))
			continue;
		ssize_t size = xattrs_value(from, room, name);
		if (size < 0 && (errno == ENODATA || errno == ENOTSUP))
			continue;
		if (size < 0)
			return -1;
		if (set(to, name, room->value, (size_t)size) < 0 && errno != ENOTSUP && errno != EPERM)
			return -1;
	}
	return 0;
}
