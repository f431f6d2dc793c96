/*
 * Mode apply: unpacks one layer's tar into a root.
 *
 * Two kinds of roots. `overlay`: the folder holds this layer alone, and what it hides below becomes overlayfs's own
 * marks. `delete`: the root holds the layers below as well, and what the layer hides is deleted. In both a whiteout
 * hides only what is below: what this very layer brings stays, in whatever order the entries come (image-spec,
 * layer.md).
 */
#pragma once

#include "lowers.h"
#include "run.h"
#include "tar.h"
#include "walk.h"

#include <sys/types.h>

/* A folder whose times must be set when nothing is made in it any more. */
struct apply_folder {
	size_t path; /* offset in folder_paths */
	ino_t inode;
	int64_t mtime;
	uint32_t mtime_nsec;
};

/* Paths that this layer brought, as 64-bit hashes (only kept in `delete` mode). */
struct apply_seen {
	uint64_t *slots;
	size_t count, capacity;
};

struct apply {
	struct run *run;
	struct tar tar;
	struct walk walk;
	int root;

	bool digest;           /* report the sha256 of the whole input */
	bool refuse_whiteouts; /* the archive is no layer */
	bool overlay;          /* else what is hidden is deleted */
	bool rootless;         /* what only the real root can make is skipped and counted */
	bool ignore_owner;     /* an owner that has no number here becomes ours */
	bool plain_capability; /* security.capability of a user namespace (v3) becomes the v2 form */
	const char *opaque_xattr;
	uint64_t max_size, max_entries;
	struct lowers lowers; /* attributes of folders that the archive does not name */

	char path[WALK_PATH_MAX]; /* of the current entry, cleaned */
	bool always_chmod;        /* folders may pass their group or ACL on to what is made in them */
	bool failed_in_make;      /* the error was reported already */

	struct apply_folder *folders;
	size_t folder_count, folder_capacity;
	char *folder_paths;
	size_t folder_paths_size, folder_paths_capacity;
	struct apply_seen seen;

	uint64_t entries, bytes, made_folders; /* folders that the archive did not name */
	bool has_root_entry;
	uint64_t skipped_devices, skipped_xattrs, skipped_owners, skipped_names;
};

/* An error that names the current entry. */
int apply_fail(struct apply *apply, const char *call);
int apply_refuse(struct apply *apply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* apply.c: unpacks tar->entry by entry until the archive's end, then sets the times of folders. */
int apply_all(struct apply *apply);
void apply_close(struct apply *apply);

/* apply_entry.c */
int apply_entry(struct apply *apply);

/* apply_whiteout.c: a name that begins with `.wh.`, or a device 0:0. */
int apply_whiteout(struct apply *apply, int parent, const char *name, const char *path);
int apply_opaque(struct apply *apply, const char *path, size_t size);
bool is_whiteout_device(const struct tar_entry *entry);
/* Marks the folder `fd`, so that overlayfs shows nothing of the layers below in it. */
int apply_mark_opaque(struct apply *apply, int fd);

/* apply_meta.c: owner, mode, extended attributes and times of what was made. */
int apply_meta_fd(struct apply *apply, int fd);
int apply_meta_name(struct apply *apply, int parent, const char *name);
int apply_folder_later(struct apply *apply, const char *path, int fd, int64_t mtime, uint32_t nsec);
int apply_folder_times(struct apply *apply);

/* apply_parents.c: makes a folder that entries need and the archive does not name. */
int apply_make_parent(void *context, int parent, const char *name, const char *path);

/* apply_seen.c */
int apply_seen_add(struct apply *apply, const char *path);
bool apply_seen_has(const struct apply *apply, const char *path);
