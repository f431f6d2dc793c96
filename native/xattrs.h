/* Extended attributes that travel: in layers and in copies. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define XATTR_NAMES_SIZE 65536
#define XATTR_VALUE_SIZE 65536

/* A file behind a descriptor, or (fd -1) a name in the current folder that is not followed. */
struct xattr_file {
	int fd;
	const char *name;
};

struct xattr_names {
	char *names; /* one after the other, each with its NUL; in no order */
	ssize_t size;
	char *value; /* room for one value */
};

/* False for marks of overlayfs and what belongs to the machine (security.selinux, security.evm). */
bool xattr_travels(const char *name);

/* Names of all attributes; none when the file system has no such thing. 0, or -1 with errno. */
int xattrs_read(const struct xattr_file *file, struct xattr_names *names);
/* The value of one, in names->value. Its size, or -1 with errno. */
ssize_t xattrs_value(const struct xattr_file *file, struct xattr_names *names, const char *name);
void xattrs_free(struct xattr_names *names);

/*
 * Copies those that travel. What the target cannot have (ENOTSUP; EPERM for user.* on links and for trusted.* in a user
 * namespace) is left out. 0, or -1 with errno. `room` is reused from call to call.
 */
int xattrs_copy(const struct xattr_file *from, const struct xattr_file *to, struct xattr_names *room);
