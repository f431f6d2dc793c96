/*
 * Mode diff: writes a layer's tar. Three kinds of roots: an overlay's upper folder (its marks become whiteouts), a
 * whole tree, or a tree compared with the one that it was copied from.
 *
 * Entries come folder by folder, names sorted by their bytes. A folder that was only copied up, because something was
 * looked at or mounted in it, is no change: its header is held back until something below it is written.
 */
#pragma once

#include "lowers.h"
#include "run.h"
#include "sha256.h"
#include "tar_write.h"
#include "twins.h"
#include "walk.h"
#include "xattrs.h"

#include <sys/stat.h>

enum diff_kind { DIFF_NONE, DIFF_FULL, DIFF_UPPER, DIFF_BASE };

struct diff {
	struct run *run;
	enum diff_kind kind;
	int root, base;
	const char *xattr_prefix; /* trusted.overlay. or user.overlay. */
	struct lowers lowers;
	bool has_clamp, exact_times, plain_capability, root_entry;
	int64_t clamp;
	const char *subtree, *name; /* what to pack, and as what; NULL: everything */
	bool follow;

	struct tar_write out;
	struct sha256 sha;
	struct twins twins;
	struct xattr_names xattrs, base_xattrs;
	char path[WALK_PATH_MAX]; /* of the current entry */
	struct diff_folder *folder;

	uint64_t entries, bytes, whiteouts, sockets;
};

/* A folder on the way down. */
struct diff_folder {
	struct diff_folder *above;
	size_t path_size; /* of its path in diff->path */
	bool written;     /* its header is out */
	int lower;        /* the same folder below, or -1 */
	int fd;
	struct stat st;
};

int diff_fail(struct diff *diff, const char *call);

/* diff_entry.c: one entry, and those of the folders around it that are still held back. */
int diff_entry(struct diff *diff, int parent, const char *name, const struct stat *st);
/* An empty file of this name in the current folder: `.wh.NAME` or the opaque mark. */
int diff_whiteout(struct diff *diff, const char *prefix, const char *name);
int diff_folders(struct diff *diff);

/* diff_compare.c: whether owner, mode and attributes are the same; for files and links the content too. */
bool diff_same_folder(struct diff *diff, int fd, const struct stat *st, int base, const struct stat *base_st);
bool diff_same_file(struct diff *diff, int parent, const struct stat *st, int base_parent, const struct stat *base_st,
	const char *name);

/* diff_walk.c */
int diff_all(struct diff *diff);
