/* One copy operation under way. */
#pragma once

#include "tree.h"

struct copying {
	struct tree *tree;
	const struct record *record;
	bool has_uid, has_gid, has_mode, has_dir_mode, has_umask, has_mtime;
	bool replace, keep_dirs, recurse, xattrs;
	bool fresh; /* the folder that is being filled was made just now: nothing is in it */
	uint64_t uid, gid, mode, dir_mode, umask;
	int64_t mtime;
	uint64_t entries, bytes;
	int upper;                  /* the folder that is filled, when that is done below the overlay; else -1 */
	size_t upper_at;            /* of what is in it, in `target` */
	char below[WALK_PATH_MAX];  /* path below SRC, for exclude= and errors */
	char target[WALK_PATH_MAX]; /* path of the copy in the root */
	struct twins own;           /* paths in the root */
	struct twins *twins;
};

int copy_fail(struct copying *copying, const char *call);
/* One thing, with all below it, called `to_name` in `to`. 0, or an exit code after an error report. */
int copy_entry(struct copying *copying, int from, const char *name, int to, const char *to_name);
/* What is in a folder. */
int copy_content_of(struct copying *copying, int from, int to);
