/* Operations that change nothing. */
#include "tree.h"

#include "cleanup.h"
#include "listing.h"
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define CHUNK (128 * 1024)

static void json_link(struct json *json, int parent, const char *name, const struct stat *st)
{
	char target[WALK_PATH_MAX];
	if (!S_ISLNK(st->st_mode))
		return;
	ssize_t n = readlinkat(parent, name, target, sizeof target);
	if (n >= 0)
		json_bytes(json, "link", target, (size_t)n);
}

/* What is not there is an answer, not an error: `missing`. */
int tree_stat(struct tree *tree, const struct record *record)
{
	struct json json;
	struct stat st;
	struct place place;
	const char *path = record->args[0].data;
	bool follow = !tree_says(record, 1, "nofollow");
	int found = walk_place(&tree->walk, path, follow ? WALK_FOLLOW : 0, &place);
	if (found == 0)
		found = fstatat(place.parent, place.name, &st, AT_SYMLINK_NOFOLLOW);
	if (found < 0 && errno != ENOENT && errno != ENOTDIR) {
		int failed = fail(tree->run, "stat", "%s", path);
		place_close(&place);
		return failed;
	}
	tree_result(tree, &json);
	if (place.parent >= 0)
		json_text(&json, "path", place.path);
	if (found < 0) {
		json_bool(&json, "missing", true);
	} else {
		tree_json_stat(&json, &st);
		json_link(&json, place.parent, place.name, &st);
	}
	json_send(tree->run, &json);
	place_close(&place);
	return 0;
}

static int open_folder(struct tree *tree, const char *path)
{
	struct place place;
	if (walk_place(&tree->walk, path, WALK_FOLLOW, &place) < 0) {
		place_close(&place);
		return -1;
	}
	int fd = openat(place.parent, place.name, FOLDER);
	int why = errno;
	place_close(&place);
	errno = why;
	return fd;
}

int tree_list(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct listing listing;
	struct json json;
	struct stat st;
	cleanup_close int fd = open_folder(tree, path);
	if (fd < 0 || listing_read(fd, &listing) < 0)
		return fail(tree->run, "open", "%s", path);
	for (size_t i = 0; i < listing.count; i++) {
		const char *name = listing.sorted[i];
		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* gone meanwhile */
		json_begin(&json, "entry");
		json_unsigned(&json, "index", tree->run->index);
		json_text(&json, "path", name);
		tree_json_stat(&json, &st);
		json_link(&json, fd, name, &st);
		json_send(tree->run, &json);
	}
	tree_result(tree, &json);
	json_unsigned(&json, "count", listing.count);
	listing_free(&listing);
	json_send(tree->run, &json);
	return 0;
}

static int digest_file(int fd, char hex[2 * SHA256_SIZE + 1], uint64_t *size)
{
	static unsigned char buffer[CHUNK];
	unsigned char digest[SHA256_SIZE];
	struct sha256 sha;
	sha256_begin(&sha);
	*size = 0;
	for (;;) {
		ssize_t n = read(fd, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		sha256_add(&sha, buffer, (size_t)n);
		*size += (uint64_t)n;
	}
	sha256_end(&sha, digest);
	sha256_hex(digest, hex);
	return 0;
}

struct walking {
	struct tree *tree;
	const struct record *record;
	bool hash, xattrs;
	uint64_t count, bytes;
	char path[WALK_PATH_MAX];
};

static void json_xattrs(struct walking *walking, struct json *json, int parent, const char *name)
{
	const struct xattr_file file = { .fd = -1, .name = name };
	struct xattr_names *names = &walking->tree->xattrs;
	if (fchdir(parent) < 0 || xattrs_read(&file, names) < 0)
		return;
	for (const char *attribute = names->names; attribute < names->names + names->size;
		attribute += strlen(attribute) + 1) {
		char key[300];
		ssize_t size = xattr_travels(attribute) ? xattrs_value(&file, names, attribute) : -1;
		if (size < 0)
			continue;
		snprintf(key, sizeof key, "xattr:%s", attribute);
		json_base64(json, key, names->value, (size_t)size);
	}
}

static apart int tell(struct walking *walking, int parent, const char *name, const struct stat *st)
{
	struct json json;
	char hex[2 * SHA256_SIZE + 1] = "";
	struct stat now = *st;
	if (walking->hash && S_ISREG(st->st_mode)) {
		cleanup_close int fd = tree_open_file(parent, name, &now);
		uint64_t size;
		if (fd < 0 || digest_file(fd, hex, &size) < 0)
			return fail(walking->tree->run, "read", "%s", walking->path);
	}
	json_begin(&json, "entry");
	json_unsigned(&json, "index", walking->tree->run->index);
	json_text(&json, "path", walking->path);
	tree_json_stat(&json, &now);
	json_link(&json, parent, name, st);
	if (hex[0])
		json_text(&json, "sha256", hex);
	if (walking->xattrs)
		json_xattrs(walking, &json, parent, name);
	json_send(walking->tree->run, &json);
	walking->count++;
	walking->bytes += S_ISREG(now.st_mode) ? (uint64_t)now.st_size : 0;
	return 0;
}

static bool is_excluded(const struct walking *walking)
{
	for (uint32_t i = 1; i < walking->record->argc; i++)
		if (strncmp(walking->record->args[i].data, "exclude=", 8) == 0 &&
			strcmp(walking->record->args[i].data + 8, walking->path) == 0)
			return true;
	return false;
}

static int walk_content(struct walking *walking, int parent, const char *name);

static int walk_entry(struct walking *walking, int parent, const char *name)
{
	struct stat st;
	if (is_excluded(walking))
		return 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && walking->path[0] ? 0 : fail(walking->tree->run, "stat", "%s", walking->path);
	int failed = tell(walking, parent, name, &st);
	return failed || !S_ISDIR(st.st_mode) ? failed : walk_content(walking, parent, name);
}

static int walk_content(struct walking *walking, int parent, const char *name)
{
	size_t size = strlen(walking->path);
	struct listing listing;
	int failed = 0;
	cleanup_close int fd = openat(parent, name, FOLDER);
	if (fd < 0 || listing_read(fd, &listing) < 0)
		return fail(walking->tree->run, "open", "%s", walking->path);
	for (size_t i = 0; !failed && i < listing.count; i++) {
		const char *next = listing.sorted[i];
		if (size + strlen(next) + 2 > sizeof walking->path) {
			errno = ENAMETOOLONG;
			failed = fail(walking->tree->run, "open", "%s", walking->path);
			break;
		}
		snprintf(walking->path + size, sizeof walking->path - size, size ? "/%s" : "%s", next);
		failed = walk_entry(walking, fd, next);
		walking->path[size] = 0;
	}
	listing_free(&listing);
	return failed;
}

int tree_walk(struct tree *tree, const struct record *record)
{
	struct walking walking = { .tree = tree,
		.record = record,
		.hash = tree_says(record, 1, "hash"),
		.xattrs = tree_says(record, 1, "xattrs") };
	struct place place;
	struct json json;
	unsigned follow = tree_says(record, 1, "nofollow") ? 0 : WALK_FOLLOW;
	int failed = tree_place(tree, record->args[0].data, follow, &place);
	if (!failed)
		failed = walk_entry(&walking, place.parent, place.name);
	place_close(&place);
	if (failed)
		return failed;
	tree_result(tree, &json);
	json_unsigned(&json, "count", walking.count);
	json_unsigned(&json, "bytes", walking.bytes);
	json_send(tree->run, &json);
	return 0;
}

int tree_hash(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	char hex[2 * SHA256_SIZE + 1];
	struct place place;
	struct stat st;
	struct json json;
	uint64_t size;
	int failed = tree_place(tree, path, WALK_FOLLOW, &place);
	if (!failed) {
		cleanup_close int fd = tree_open_file(place.parent, place.name, &st);
		if (fd < 0 || digest_file(fd, hex, &size) < 0)
			failed = fail(tree->run, "read", "%s", path);
	}
	place_close(&place);
	if (failed)
		return failed;
	tree_result(tree, &json);
	json_text(&json, "sha256", hex);
	json_unsigned(&json, "size", size);
	json_send(tree->run, &json);
	return 0;
}

/* At most MAX bytes; `size` tells how many there are. */
int tree_read(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	uint64_t most;
	size_t got = 0;
	struct place place;
	struct stat st;
	struct json json;
	int failed = tree_number(tree, record, 1, RECORDS_MAX_SIZE, &most);
	if (!failed)
		failed = tree_place(tree, path, WALK_FOLLOW, &place);
	else
		return failed;
	cleanup_close int fd = failed ? -1 : tree_open_file(place.parent, place.name, &st);
	place_close(&place);
	if (failed)
		return failed;
	if (fd < 0)
		return fail(tree->run, "open", "%s", path);
	size_t room = (uint64_t)st.st_size < most ? (size_t)st.st_size : (size_t)most;
	cleanup_free char *data = malloc(room + 1);
	if (!data)
		return fail(tree->run, "malloc", "%s", path);
	while (got < room) {
		ssize_t n = read(fd, data + got, room - got);
		if (n < 0 && errno != EINTR)
			return fail(tree->run, "read", "%s", path);
		if (n == 0)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	tree_result(tree, &json);
	json_unsigned(&json, "size", (uint64_t)st.st_size);
	json_base64(&json, "data", data, got);
	json_send(tree->run, &json);
	return 0;
}

struct usage {
	uint64_t entries, bytes, disk;
};

static int add_usage(int parent, const char *name, struct usage *usage)
{
	struct stat st;
	struct listing listing;
	int failed = 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	usage->entries++;
	usage->bytes += S_ISREG(st.st_mode) && st.st_nlink ? (uint64_t)st.st_size / st.st_nlink : 0;
	usage->disk += (uint64_t)st.st_blocks * 512 / (st.st_nlink && !S_ISDIR(st.st_mode) ? st.st_nlink : 1);
	if (!S_ISDIR(st.st_mode))
		return 0;
	cleanup_close int fd = openat(parent, name, FOLDER);
	if (fd < 0 || listing_read(fd, &listing) < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; !failed && i < listing.count; i++)
		failed = add_usage(fd, listing.sorted[i], usage);
	listing_free(&listing);
	return failed;
}

int tree_usage(struct tree *tree, const struct record *record)
{
	struct usage usage = { 0 };
	struct place place;
	struct json json;
	int failed = tree_place(tree, record->args[0].data, WALK_FOLLOW, &place);
	if (!failed && add_usage(place.parent, place.name, &usage) < 0)
		failed = fail(tree->run, "walk", "%s", record->args[0].data);
	place_close(&place);
	if (failed)
		return failed;
	tree_result(tree, &json);
	json_unsigned(&json, "entries", usage.entries);
	json_unsigned(&json, "bytes", usage.bytes);
	json_unsigned(&json, "disk", usage.disk);
	json_send(tree->run, &json);
	return 0;
}
