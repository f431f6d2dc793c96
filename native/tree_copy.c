/*
 * copy SOURCE SRC DEST OPTION…: a file or a whole tree from a source (`.` is the root itself) to DEST, which is where
 * it will be, not the folder around it. Folders on the way to DEST must be there.
 *
 * Options: uid=N gid=N mode=N dir-mode=N umask=N mtime=SECONDS change what is copied; `contents` copies what is in the
 * folder SRC into the folder DEST; `follow` follows SRC when it is a link; `no-recurse` copies a folder alone;
 * `replace` removes what is there and of another kind; `keep-dirs` leaves folders that are there as they are;
 * `exclude=PATH` leaves out a path below SRC with all it holds; `no-xattrs`; `twins` keeps hard links also between the
 * copies of one batch that say so.
 */
#include "tree_copy.h"

#include "cleanup.h"
#include "twins.h"

#include <fcntl.h>
#include <string.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int take_number(struct tree *tree, const char *text, const char *key, uint64_t most, bool *has, uint64_t *number)
{
	size_t size = strlen(key);
	if (strncmp(text, key, size) != 0)
		return -1;
	*has = true;
	return parse_number(text + size, most, number) ? 0 : fail_config(tree->run, "copy: bad number in %s", text);
}

static int take_option(struct copying *copying, const char *text)
{
	struct tree *tree = copying->tree;
	uint64_t mtime;
	int taken = take_number(tree, text, "uid=", UINT32_MAX - 1, &copying->has_uid, &copying->uid);
	if (taken < 0)
		taken = take_number(tree, text, "gid=", UINT32_MAX - 1, &copying->has_gid, &copying->gid);
	if (taken < 0)
		taken = take_number(tree, text, "mode=", 07777, &copying->has_mode, &copying->mode);
	if (taken < 0)
		taken = take_number(tree, text, "dir-mode=", 07777, &copying->has_dir_mode, &copying->dir_mode);
	if (taken < 0)
		taken = take_number(tree, text, "umask=", 07777, &copying->has_umask, &copying->umask);
	if (taken < 0) {
		taken = take_number(tree, text, "mtime=", INT64_MAX, &copying->has_mtime, &mtime);
		if (taken == 0)
			copying->mtime = (int64_t)mtime;
	}
	if (taken >= 0)
		return taken;
	if (strcmp(text, "replace") == 0)
		copying->replace = true;
	else if (strcmp(text, "keep-dirs") == 0)
		copying->keep_dirs = true;
	else if (strcmp(text, "no-recurse") == 0)
		copying->recurse = false;
	else if (strcmp(text, "no-xattrs") == 0)
		copying->xattrs = false;
	else if (strcmp(text, "twins") == 0)
		copying->twins = &tree->twins;
	else if (strcmp(text, "contents") != 0 && strcmp(text, "follow") != 0 && strncmp(text, "exclude=", 8) != 0)
		return fail_config(tree->run, "copy: unknown option %s", text);
	return 0;
}

static int copy_contents(struct copying *copying, const struct place *from, const struct place *to)
{
	cleanup_close int in = openat(from->parent, from->name, FOLDER);
	if (in < 0)
		return fail(copying->tree->run, "open", "%s", copying->record->args[1].data);
	cleanup_close int out = openat(to->parent, to->name, FOLDER);
	if (out < 0)
		return copy_fail(copying, "open");
	/* Links to what earlier operations copied lead through the overlay. */
	cleanup_close int upper = -1;
	if (copying->tree->is_last && copying->tree->twins.count == 0)
		upper = tree_upper_folder(copying->tree, to->path);
	copying->upper = upper;
	copying->upper_at = strlen(to->path) + 1;
	return copy_content_of(copying, in, upper < 0 ? out : upper);
}

static struct walk *source_of(struct tree *tree, const char *name)
{
	if (strcmp(name, ".") == 0)
		return &tree->walk;
	for (size_t i = 0; i < tree->source_count; i++)
		if (strcmp(tree->sources[i].name, name) == 0)
			return &tree->sources[i].walk;
	return NULL;
}

int tree_copy(struct tree *tree, const struct record *record)
{
	struct copying copying = { .tree = tree, .record = record, .recurse = true, .xattrs = true, .upper = -1 };
	struct place from, to = { .parent = -1 };
	struct walk *source = source_of(tree, record->args[0].data);
	bool contents = tree_says(record, 3, "contents");
	copying.twins = &copying.own;
	int failed = source ? 0 : fail_config(tree->run, "copy: no source %s", record->args[0].data);
	for (uint32_t i = 3; !failed && i < record->argc; i++)
		failed = take_option(&copying, record->args[i].data);
	if (failed)
		return failed;
	if (walk_place(source, record->args[1].data, contents || tree_says(record, 3, "follow") ? WALK_FOLLOW : 0,
		    &from) < 0)
		failed = fail(tree->run, "open", "%s", record->args[1].data);
	if (!failed)
		failed = tree_place(tree, record->args[2].data, contents ? WALK_FOLLOW : 0, &to);
	if (!failed) {
		strcpy(copying.target, to.path);
		failed = contents ? copy_contents(&copying, &from, &to)
				  : copy_entry(&copying, from.parent, from.name, to.parent, to.name);
	}
	if (!failed) {
		struct json json;
		tree_result(tree, &json);
		json_text(&json, "path", to.path);
		json_unsigned(&json, "entries", copying.entries);
		json_unsigned(&json, "bytes", copying.bytes);
		json_send(tree->run, &json);
	}
	place_close(&from);
	place_close(&to);
	twins_free(&copying.own);
	walk_forget(&tree->walk);
	return failed;
}
