/* Finds what belongs into the archive. */
#include "diff.h"

#include "cleanup.h"
#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int walk_folder_at(struct diff *diff, int parent, const char *name, const struct stat *st);

static bool is_below(const char *path, const char *above)
{
	size_t size = strlen(above);
	return strncmp(path, above, size) == 0 && (path[size] == 0 || path[size] == '/' || size == 0);
}

/* True when the record `exclude` names the path, or `include` leaves it out. */
static bool leaves_out(const struct diff *diff, const char *path)
{
	const struct records *records = &diff->run->records;
	bool has_include = false, included = false;
	for (size_t i = 0; i < records->count; i++) {
		const struct record *record = &records->items[i];
		if (record_is(record, "exclude") && is_below(path, record->args[0].data))
			return true;
		if (!record_is(record, "include"))
			continue;
		has_include = true;
		included = included || is_below(path, record->args[0].data) || is_below(record->args[0].data, path);
	}
	return has_include && !included;
}

/* `opaque`, `redirect`, …: the value's first byte, 0 when there is no such attribute. */
static apart char overlay_mark(const struct diff *diff, int fd, const char *name)
{
	char key[64], value[256];
	snprintf(key, sizeof key, "%s%s", diff->xattr_prefix, name);
	ssize_t n = fgetxattr(fd, key, value, sizeof value);
	return n > 0 || (n < 0 && errno == ERANGE) ? value[0] : 0;
}

static bool is_whiteout(const struct diff *diff, const struct stat *st)
{
	return diff->kind == DIFF_UPPER && S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static int walk_name(struct diff *diff, int parent, const char *name)
{
	struct stat st;
	if (leaves_out(diff, diff->path))
		return 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : diff_fail(diff, "stat");
	if (is_whiteout(diff, &st)) {
		diff->path[diff->folder->path_size] = 0;
		return diff_whiteout(diff, ".wh.", name);
	}
	if (S_ISDIR(st.st_mode))
		return walk_folder_at(diff, parent, name, &st);
	if (diff->kind == DIFF_BASE && diff->folder->lower >= 0) {
		struct stat below;
		if (fstatat(diff->folder->lower, name, &below, AT_SYMLINK_NOFOLLOW) == 0 &&
			diff_same_file(diff, parent, &st, diff->folder->lower, &below, name))
			return 0;
	}
	return diff_entry(diff, parent, name, &st);
}

static int enter_name(struct diff *diff, int fd, const char *name)
{
	size_t size = diff->folder->path_size;
	if (snprintf(diff->path + size, sizeof diff->path - size, size ? "/%s" : "%s", name) >=
		(int)(sizeof diff->path - size)) {
		diff->path[size] = 0;
		errno = ENAMETOOLONG;
		return diff_fail(diff, "open");
	}
	int failed = walk_name(diff, fd, name);
	diff->path[size] = 0;
	return failed;
}

/* A name that is below alone was deleted. */
static apart int hide_name(struct diff *diff, const char *name)
{
	char path[WALK_PATH_MAX + NAME_MAX + 2];
	snprintf(path, sizeof path, "%s%s%s", diff->path, diff->path[0] ? "/" : "", name);
	return leaves_out(diff, path) ? 0 : diff_whiteout(diff, ".wh.", name);
}

/* Names in both lists are walked once. */
static int walk_both(struct diff *diff, int fd, const struct listing *mine, const struct listing *theirs)
{
	size_t i = 0, j = 0;
	int failed = 0;
	while (!failed && (i < mine->count || j < theirs->count)) {
		int order = i == mine->count ? 1 : j == theirs->count ? -1 : strcmp(mine->sorted[i], theirs->sorted[j]);
		if (order > 0) {
			failed = hide_name(diff, theirs->sorted[j++]);
			continue;
		}
		failed = enter_name(diff, fd, mine->sorted[i++]);
		j += order == 0;
	}
	return failed;
}

static int walk_names(struct diff *diff, int fd)
{
	struct listing mine, theirs = { 0 };
	if (listing_read(fd, &mine) < 0)
		return diff_fail(diff, "getdents");
	if (diff->kind == DIFF_BASE && diff->folder->lower >= 0 && listing_read(diff->folder->lower, &theirs) < 0) {
		listing_free(&mine);
		return diff_fail(diff, "getdents");
	}
	int failed = walk_both(diff, fd, &mine, &theirs);
	listing_free(&mine);
	listing_free(&theirs);
	return failed;
}

/* The same folder below, or -1. What is new here is looked for no further. */
static int folder_below(struct diff *diff, const struct diff_folder *above, const char *name)
{
	if (above && above->lower < 0)
		return -1;
	if (diff->kind == DIFF_BASE)
		return above ? openat(above->lower, name, FOLDER) : openat(diff->base, ".", FOLDER);
	return diff->kind == DIFF_UPPER ? lowers_find(&diff->lowers, diff->path) : -1;
}

static int begin_folder(struct diff *diff, struct diff_folder *folder)
{
	bool opaque = false, changed = true;
	struct stat below;
	if (diff->kind == DIFF_UPPER) {
		char mark = overlay_mark(diff, folder->fd, "opaque");
		opaque = mark == 'y';
		if (overlay_mark(diff, folder->fd, "redirect"))
			return fail_input(
				diff->run, diff->path, "overlayfs has renamed this folder by a redirect mark");
	}
	if (folder->lower >= 0 && fstat(folder->lower, &below) == 0)
		changed = !diff_same_folder(diff, folder->fd, &folder->st, folder->lower, &below);
	if (diff->path[0] == 0) {
		/* The root has an entry when it was changed, or when it is asked for. */
		changed = diff->root_entry || (changed && folder->lower >= 0);
		folder->written = !changed;
	}
	int failed = changed || opaque ? diff_folders(diff) : 0;
	return failed || !opaque ? failed : diff_whiteout(diff, ".wh..wh..opq", "");
}

static int walk_folder_at(struct diff *diff, int parent, const char *name, const struct stat *st)
{
	struct diff_folder folder = { .above = diff->folder, .path_size = strlen(diff->path), .st = *st };
	cleanup_close int fd = openat(parent, name, FOLDER);
	if (fd < 0)
		return diff_fail(diff, "open");
	cleanup_close int lower = folder_below(diff, folder.above, name);
	folder.fd = fd;
	folder.lower = lower;
	/* In a tree compared with its base an opaque folder needs no mark: each name that is gone has its own. */
	diff->folder = &folder;
	int failed = begin_folder(diff, &folder);
	if (!failed)
		failed = walk_names(diff, fd);
	diff->folder = folder.above;
	return failed;
}

static int walk_subtree(struct diff *diff)
{
	struct walk walk;
	struct place place;
	struct stat st;
	walk_open(&walk, diff->root);
	if (walk_place(&walk, diff->subtree, diff->follow ? WALK_FOLLOW : 0, &place) < 0 ||
		fstatat(place.parent, place.name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		int failed = fail(diff->run, "open", "%s", diff->subtree);
		place_close(&place);
		return failed;
	}
	snprintf(diff->path, sizeof diff->path, "%s", diff->name);
	int failed = S_ISDIR(st.st_mode) ? walk_folder_at(diff, place.parent, place.name, &st)
					 : diff_entry(diff, place.parent, place.name, &st);
	place_close(&place);
	return failed;
}

int diff_all(struct diff *diff)
{
	struct stat st;
	if (diff->subtree)
		return walk_subtree(diff);
	if (fstat(diff->root, &st) < 0)
		return diff_fail(diff, "fstat");
	return walk_folder_at(diff, diff->root, ".", &st);
}
