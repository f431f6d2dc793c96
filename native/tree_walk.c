/* Operation walk: everything below a path, one entry each. */
#include "tree.h"

#include "cleanup.h"
#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define CHUNK (128 * 1024)

int tree_digest_file(int fd, char hex[2 * SHA256_SIZE + 1], uint64_t *size)
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
		if (fd < 0 || tree_digest_file(fd, hex, &size) < 0)
			return fail(walking->tree->run, "read", "%s", walking->path);
	}
	json_begin(&json, "entry");
	json_unsigned(&json, "index", walking->tree->run->index);
	json_text(&json, "path", walking->path);
	tree_json_stat(&json, &now);
	tree_json_link(&json, parent, name, st);
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
