#include "apply.h"

#include "layer_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int apply_all(struct apply *apply)
{
	for (;;) {
		bool more;
		int failed = tar_next(&apply->tar, &more);
		if (!failed && !more)
			return apply_folder_times(apply);
		if (!failed && apply->entries == apply->max_entries)
			failed = apply_refuse(apply, "the layer has more than the %llu entries that are accepted",
				(unsigned long long)apply->max_entries);
		if (!failed)
			failed = apply_entry(apply);
		if (failed)
			return failed;
		apply->entries++;
	}
}

void apply_close(struct apply *apply)
{
	walk_close(&apply->walk);
	tar_close(&apply->tar);
	free(apply->folders);
	free(apply->folder_paths);
	free(apply->seen.slots);
}

struct choices {
	int root;
	bool has_whiteouts;
	const char *into;
};

static int word(struct run *run, const struct record *record, const char *first, const char *second, bool *is_first)
{
	const char *text;
	int failed = record_want(run, record, 1, 1);
	if (!failed)
		failed = record_text(run, record, 0, &text);
	if (failed)
		return failed;
	*is_first = strcmp(text, first) == 0;
	if (!*is_first && strcmp(text, second) != 0)
		return fail_config(run, "%s: expected %s or %s, found %s", record->name, first, second, text);
	return 0;
}

static int take_record(struct run *run, const struct record *record, struct apply *apply, struct choices *choices)
{
	bool is_first;
	int failed;
	if (record_is(record, "root") || record_is(record, "root-overlay"))
		return choices->root >= 0
			       ? fail_config(run, "two roots")
			       : layer_root_open(run, record, 0, record_is(record, "root-overlay"), &choices->root);
	if (record_is(record, "whiteouts")) {
		choices->has_whiteouts = true;
		if (record->argc == 1 && strcmp(record->args[0].data, "refuse") == 0) {
			apply->refuse_whiteouts = true;
			return 0;
		}
		return word(run, record, "overlay", "delete", &apply->overlay);
	}
	if (record_is(record, "into")) {
		failed = record_want(run, record, 1, 1);
		return failed ? failed : record_text(run, record, 0, &choices->into);
	}
	if (record_is(record, "xattr-prefix")) {
		failed = word(run, record, "trusted", "user", &is_first);
		apply->opaque_xattr = is_first ? "trusted.overlay.opaque" : "user.overlay.opaque";
		return failed;
	}
	if (record_is(record, "capability"))
		return word(run, record, "plain", "keep", &apply->plain_capability);
	if (record_is(record, "owner"))
		return word(run, record, "ignore", "exact", &apply->ignore_owner);
	if (record_is(record, "lowers"))
		return lowers_open(run, record, &apply->lowers);
	if (record_is(record, "max-size") || record_is(record, "max-entries")) {
		failed = record_want(run, record, 1, 1);
		return failed ? failed
			      : record_number(run, record, 0, UINT64_MAX,
					record_is(record, "max-size") ? &apply->max_size : &apply->max_entries);
	}
	if (record_is(record, "rootless")) {
		apply->rootless = true;
		return record_want(run, record, 0, 0);
	}
	if (record_is(record, "digest")) {
		apply->digest = true;
		return record_want(run, record, 0, 0);
	}
	return fail_config(run, "unknown record %s", record->name);
}

static int take_records(struct run *run, struct apply *apply, const char **into)
{
	struct choices choices = { .root = -1 };
	for (size_t i = 0; i < run->records.count; i++) {
		int failed = take_record(run, &run->records.items[i], apply, &choices);
		if (failed)
			return failed;
	}
	apply->root = choices.root;
	apply->lowers.opaque_xattr = apply->opaque_xattr;
	*into = choices.into;
	if (choices.root < 0 || !choices.has_whiteouts)
		return fail_config(run, "expected the records root and whiteouts");
	return 0;
}

static void report(struct run *run, const struct apply *apply, struct sha256 *sha)
{
	unsigned char digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	struct json json;
	json_begin(&json, "applied");
	json_unsigned(&json, "entries", apply->entries);
	json_unsigned(&json, "bytes", apply->bytes);
	if (apply->digest) {
		sha256_end(sha, digest);
		sha256_hex(digest, hex);
		json_text(&json, "sha256", hex);
		json_unsigned(&json, "size", apply->tar.input.offset);
	}
	json_unsigned(&json, "madeFolders", apply->made_folders);
	json_bool(&json, "rootEntry", apply->has_root_entry);
	json_unsigned(&json, "skippedDevices", apply->skipped_devices);
	json_unsigned(&json, "skippedXattrs", apply->skipped_xattrs);
	json_unsigned(&json, "skippedOwners", apply->skipped_owners);
	json_unsigned(&json, "skippedNames", apply->skipped_names);
	json_send(run, &json);
}

/* The folder in the root that the archive is unpacked into becomes the root. */
static int enter_folder(struct run *run, struct apply *apply, const char *into)
{
	struct place place;
	walk_open(&apply->walk, apply->root);
	int found = walk_place(&apply->walk, into, WALK_FOLLOW, &place);
	int fd = found < 0 ? -1 : openat(place.parent, place.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int why = errno;
	place_close(&place);
	errno = why;
	if (fd < 0)
		return fail(run, "open", "%s", into);
	apply->root = fd;
	return 0;
}

/* Removing deep trees holds one descriptor a level. */
static void raise_open_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int mode_apply(struct run *run)
{
	struct apply apply = { .run = run,
		.max_size = UINT64_MAX,
		.max_entries = UINT64_MAX,
		.opaque_xattr = "trusted.overlay.opaque",
		.lowers = { .cwd = -1 } };
	struct sha256 sha;
	struct stat st;
	const char *into = NULL;
	raise_open_files();
	int failed = take_records(run, &apply, &into);
	if (!failed)
		failed = layer_root_enter(run, apply.root);
	if (!failed && into)
		failed = enter_folder(run, &apply, into);
	if (failed)
		return failed;
	run->stage = "apply";
	if (fstat(apply.root, &st) < 0)
		return fail(run, "fstat", "root");
	apply.always_chmod = !apply.overlay || st.st_mode & S_ISGID;
	walk_open(&apply.walk, apply.root);
	apply.walk.make = apply_make_parent;
	apply.walk.context = &apply;
	failed = tar_open(&apply.tar, run, 0);
	sha256_begin(&sha);
	if (apply.digest)
		apply.tar.input.sha = &sha;
	if (!failed)
		failed = apply_all(&apply);
	if (!failed)
		failed = tar_drain(&apply.tar);
	if (!failed)
		report(run, &apply, &sha);
	apply_close(&apply);
	return failed;
}
