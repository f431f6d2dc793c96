/*
 * Finds names inside a root folder without ever leaving it: component by component, each opened relative to the folder
 * before it with O_NOFOLLOW; symbolic links are read and followed by hand, with `/` and `..` clamped at the root. The
 * kernel is never given a path with more than one component, so a link that is swapped in between changes nothing, and
 * it works on kernels without openat2 and without a chroot.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_CACHE 128
#define WALK_LINKS_MAX 40
#define WALK_PATH_MAX 4096

enum {
	WALK_FOLLOW = 1, /* a link as the last component is followed too */
	WALK_MAKE = 2,   /* missing folders are made by `make` */
};

struct walk_slot {
	uint64_t hash;
	char *path;
	size_t size;
	int fd;
};

struct walk {
	int root; /* O_PATH fd; not closed by walk_close */
	/*
	 * Makes the folder `name` in `parent`, which is missing or blocked by what is no folder; `path` is where it is
	 * in the root. 0, or -1 with errno, and it may leave a report behind.
	 */
	int (*make)(void *context, int parent, const char *name, const char *path);
	void *context;
	struct walk_slot slots[WALK_CACHE];
};

/* Where something is, or would be: a name in an open folder. */
struct place {
	int parent;               /* to be closed by place_close */
	char name[NAME_MAX + 2];  /* one component, or "." for the root itself */
	char path[WALK_PATH_MAX]; /* from the root, no link in it, no slash at its ends; empty for the root */
};

void walk_open(struct walk *walk, int root);
void walk_close(struct walk *walk);

/* Must be called when a folder or a symbolic link was removed, renamed or replaced. */
void walk_forget(struct walk *walk);

/* The place of `path`; what is there need not exist. 0, or -1 with errno. */
int walk_place(struct walk *walk, const char *path, unsigned flags, struct place *place);
void place_close(struct place *place);

/*
 * The folder at `path` (cleaned: no empty, `.` and `..` components), from a cache of open folders. The fd is O_PATH and
 * belongs to the cache: it is good until the next call. -1 with errno.
 */
int walk_folder(struct walk *walk, const char *path, size_t size, unsigned flags);

/*
 * Cleans a path by its text: no slash at its ends, no empty, `.` and `..` components. -1 with EXDEV when it leaves the
 * root, ENAMETOOLONG when it does not fit.
 */
int path_clean(const char *path, char clean[WALK_PATH_MAX]);

/* The last component, and the size of what is before its slash. */
const char *path_split(const char *clean, size_t *parent_size);
