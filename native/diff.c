#include "diff.h"

#include "layer_root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

static int texts(struct run *run, const struct record *record, uint32_t count)
{
	const char *text;
	int failed = record_want(run, record, count, count);
	for (uint32_t i = 0; !failed && i < count; i++)
		failed = record_text(run, record, i, &text);
	return failed;
}

static int take_kind(struct run *run, const struct record *record, struct diff *diff, enum diff_kind kind)
{
	if (diff->kind != DIFF_NONE)
		return fail_config(run, "expected one of full, upper and base");
	diff->kind = kind;
	int failed = texts(run, record, kind == DIFF_BASE ? 1 : 0);
	if (failed || kind != DIFF_BASE)
		return failed;
	diff->base = open(record->args[0].data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return diff->base < 0 ? fail(run, "open", "%s", record->args[0].data) : 0;
}

static int take_flag(struct run *run, const struct record *record, bool *flag)
{
	*flag = true;
	return record_want(run, record, 0, 0);
}

static int take_record(struct run *run, const struct record *record, struct diff *diff)
{
	int failed;
	if (record_is(record, "root") || record_is(record, "root-overlay"))
		return diff->root >= 0
			       ? fail_config(run, "two roots")
			       : layer_root_open(run, record, 0, record_is(record, "root-overlay"), &diff->root);
	if (record_is(record, "full"))
		return take_kind(run, record, diff, DIFF_FULL);
	if (record_is(record, "upper"))
		return take_kind(run, record, diff, DIFF_UPPER);
	if (record_is(record, "base"))
		return take_kind(run, record, diff, DIFF_BASE);
	if (record_is(record, "lowers"))
		return lowers_open(run, record, &diff->lowers);
	if (record_is(record, "exclude") || record_is(record, "include"))
		return texts(run, record, 1);
	if (record_is(record, "xattr-prefix")) {
		failed = texts(run, record, 1);
		if (!failed && strcmp(record->args[0].data, "user") == 0) {
			diff->xattr_prefix = "user.overlay.";
			diff->lowers.opaque_xattr = "user.overlay.opaque";
		} else if (!failed && strcmp(record->args[0].data, "trusted") != 0) {
			failed = fail_config(run, "xattr-prefix: expected trusted or user");
		}
		return failed;
	}
	if (record_is(record, "mtime-clamp")) {
		diff->has_clamp = true;
		failed = record_want(run, record, 1, 1);
		return failed ? failed : record_signed(run, record, 0, INT64_MIN, INT64_MAX, &diff->clamp);
	}
	if (record_is(record, "subtree")) {
		failed = texts(run, record, 2);
		diff->subtree = failed ? NULL : record->args[0].data;
		diff->name = failed ? NULL : record->args[1].data;
		return failed;
	}
	if (record_is(record, "follow"))
		return take_flag(run, record, &diff->follow);
	if (record_is(record, "exact-times"))
		return take_flag(run, record, &diff->exact_times);
	if (record_is(record, "root-entry"))
		return take_flag(run, record, &diff->root_entry);
	if (record_is(record, "rootless"))
		return take_flag(run, record, &diff->plain_capability);
	return fail_config(run, "unknown record %s", record->name);
}

static int take_records(struct run *run, struct diff *diff)
{
	for (size_t i = 0; i < run->records.count; i++) {
		int failed = take_record(run, &run->records.items[i], diff);
		if (failed)
			return failed;
	}
	if (diff->root < 0 || diff->kind == DIFF_NONE)
		return fail_config(run, "expected the record root, and one of full, upper and base");
	if (diff->subtree && strlen(diff->name) >= sizeof diff->path)
		return fail_config(run, "subtree: the name is too long");
	return 0;
}

static void report(struct run *run, struct diff *diff)
{
	unsigned char digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	struct json json;
	sha256_end(&diff->sha, digest);
	sha256_hex(digest, hex);
	json_begin(&json, "diffed");
	json_unsigned(&json, "entries", diff->entries);
	json_unsigned(&json, "bytes", diff->bytes);
	json_unsigned(&json, "whiteouts", diff->whiteouts);
	json_unsigned(&json, "sockets", diff->sockets);
	json_unsigned(&json, "size", diff->out.size);
	json_text(&json, "sha256", hex);
	json_send(run, &json);
}

int mode_diff(struct run *run)
{
	struct diff diff = { .run = run, .root = -1, .base = -1, .xattr_prefix = "trusted.overlay." };
	struct rlimit limit;
	diff.lowers = (struct lowers){ .cwd = -1, .opaque_xattr = "trusted.overlay.opaque" };
	int failed = take_records(run, &diff);
	if (!failed)
		failed = layer_root_enter(run, diff.root);
	if (failed)
		return failed;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	run->stage = "diff";
	sha256_begin(&diff.sha);
	failed = tar_write_open(&diff.out, run, 1);
	diff.out.sha = &diff.sha;
	if (!failed)
		failed = diff_all(&diff);
	if (!failed)
		failed = tar_write_end(&diff.out);
	if (!failed)
		report(run, &diff);
	tar_write_close(&diff.out);
	twins_free(&diff.twins);
	xattrs_free(&diff.xattrs);
	xattrs_free(&diff.base_xattrs);
	return failed;
}
