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
		tree_json_link(&json, place.parent, place.name, &st);
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
		tree_json_link(&json, fd, name, &st);
		json_send(tree->run, &json);
	}
	tree_result(tree, &json);
	json_unsigned(&json, "count", listing.count);
	listing_free(&listing);
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
		if (fd < 0 || tree_digest_file(fd, hex, &size) < 0)
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
