/*
 * Mode tree: a batch of file operations inside a root. Names are found by walk.c: links are followed inside the root
 * alone. Further roots (`source`) can be copied from.
 */
#pragma once

#include "run.h"
#include "sha256.h"
#include "twins.h"
#include "walk.h"
#include "xattrs.h"

#include <sys/stat.h>

#define TREE_SOURCES_MAX 64

struct tree_source {
	const char *name;
	struct walk walk;
};

struct tree {
	struct run *run;
	struct walk walk;
	struct tree_source *sources;
	size_t source_count;
	struct xattr_names xattrs;
	struct twins twins; /* of copies that keep hard links among each other */
	bool keep_going;
	bool rootless;
	bool is_last; /* no operation comes after this one */
	/* Of a root that is an overlay: its record, the folder that its lower layers are relative to, its upper folder.
	 */
	const struct record *overlay;
	int overlay_cwd, upper;
};

/* One operation. Its record's arguments are checked in number and hold no NUL, but for the content of `write`. */
typedef int tree_operation(struct tree *tree, const struct record *record);

/* tree_look.c */
tree_operation tree_stat, tree_list, tree_hash, tree_read, tree_usage;
/* tree_walk.c */
tree_operation tree_walk;
/* tree_make.c */
tree_operation tree_write, tree_mkdir, tree_stub;
/* tree_change.c */
tree_operation tree_symlink, tree_link, tree_chown, tree_chmod, tree_remove, tree_rename, tree_utimes, tree_sync;
/* tree_copy.c */
tree_operation tree_copy;

/* The text of an argument, and numbers within limits; after a report the exit code. */
int tree_number(struct tree *tree, const struct record *record, uint32_t index, uint64_t most, uint64_t *number);
int tree_time(struct tree *tree, const struct record *record, uint32_t index, struct timespec *time);
/* True when one of the words from argument `first` on is `word`. */
bool tree_says(const struct record *record, uint32_t first, const char *word);

/* Begins the answer to the operation; json_send ends it. */
void tree_result(struct tree *tree, struct json *json);
/* The whole answer of an operation that has nothing to tell, or only where it was and whether it did something. */
int tree_answer(struct tree *tree);
int tree_answer_path(struct tree *tree, const char *path, const char *key, bool value);

/* What stat says, as fields. */
void tree_json_stat(struct json *json, const struct stat *st);

/* The target of a symbolic link, as the field `link`; nothing for anything else. */
void tree_json_link(struct json *json, int parent, const char *name, const struct stat *st);
/* The sha256 of what is behind `fd`, from where it stands. 0, or -1 with errno. */
int tree_digest_file(int fd, char hex[2 * SHA256_SIZE + 1], uint64_t *size);

/* The place of a path that must have a name of its own (not the root). */
int tree_place(struct tree *tree, const char *path, unsigned flags, struct place *place);

/* tree_upper.c: remembers what the root is made of, before the root is entered. */
void tree_upper_open(struct tree *tree, const struct record *record);
void tree_upper_close(struct tree *tree);
/*
 * The folder at `path` (of a place) in the overlay's upper folder, when nothing of the layers below is at that path:
 * what is made in it there is the same as what is made in it through the overlay, in half the time. -1 when it is not
 * so. The overlay does not see what happens below it: nothing may be done through it afterwards.
 */
int tree_upper_folder(struct tree *tree, const char *path);

/* Opens a regular file for reading, whatever it becomes meanwhile. 0, or -1 with errno. */
int tree_open_file(int parent, const char *name, struct stat *st);
