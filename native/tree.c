#include "tree.h"

#include "layer_root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct operation {
	const char *name;
	tree_operation *function;
	uint32_t least, most;
} operations[] = {
	{ "stat", tree_stat, 1, 2 },
	{ "list", tree_list, 1, 1 },
	{ "walk", tree_walk, 1, UINT32_MAX },
	{ "hash", tree_hash, 1, 1 },
	{ "read", tree_read, 2, 2 },
	{ "usage", tree_usage, 1, 1 },
	{ "write", tree_write, 5, 7 },
	{ "mkdir", tree_mkdir, 4, 6 },
	{ "symlink", tree_symlink, 2, 4 },
	{ "link", tree_link, 2, 2 },
	{ "chown", tree_chown, 3, 4 },
	{ "chmod", tree_chmod, 2, 2 },
	{ "remove", tree_remove, 1, 1 },
	{ "rename", tree_rename, 2, 2 },
	{ "utimes", tree_utimes, 3, 4 },
	{ "touch-stub", tree_stub, 2, 2 },
	{ "sync", tree_sync, 0, 0 },
	{ "copy", tree_copy, 3, UINT32_MAX },
};

int tree_number(struct tree *tree, const struct record *record, uint32_t index, uint64_t most, uint64_t *number)
{
	return record_number(tree->run, record, index, most, number);
}

int tree_time(struct tree *tree, const struct record *record, uint32_t index, struct timespec *time)
{
	int64_t seconds;
	uint64_t nsec;
	int failed = record_signed(tree->run, record, index, INT64_MIN, INT64_MAX, &seconds);
	if (!failed)
		failed = record_number(tree->run, record, index + 1, 999999999, &nsec);
	if (!failed)
		*time = (struct timespec){ .tv_sec = seconds, .tv_nsec = (long)nsec };
	return failed;
}

bool tree_says(const struct record *record, uint32_t first, const char *word)
{
	for (uint32_t i = first; i < record->argc; i++)
		if (strcmp(record->args[i].data, word) == 0)
			return true;
	return false;
}

void tree_result(struct tree *tree, struct json *json)
{
	json_begin(json, "result");
	json_unsigned(json, "index", tree->run->index);
}

void tree_json_stat(struct json *json, const struct stat *st)
{
	const char *type = S_ISREG(st->st_mode)    ? "file"
			   : S_ISDIR(st->st_mode)  ? "directory"
			   : S_ISLNK(st->st_mode)  ? "symlink"
			   : S_ISCHR(st->st_mode)  ? "char"
			   : S_ISBLK(st->st_mode)  ? "block"
			   : S_ISFIFO(st->st_mode) ? "fifo"
						   : "socket";
	json_text(json, "type", type);
	json_unsigned(json, "mode", st->st_mode & 07777);
	json_unsigned(json, "uid", st->st_uid);
	json_unsigned(json, "gid", st->st_gid);
	json_unsigned(json, "size", (uint64_t)st->st_size);
	json_number(json, "mtime", st->st_mtim.tv_sec);
	json_unsigned(json, "mtimeNsec", (uint64_t)st->st_mtim.tv_nsec);
	json_unsigned(json, "nlink", st->st_nlink);
	json_unsigned(json, "inode", st->st_ino);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		json_unsigned(json, "major", st->st_rdev >> 8 & 0xfff);
		json_unsigned(json, "minor", (st->st_rdev & 0xff) | (st->st_rdev >> 12 & 0xfff00));
	}
}

int tree_place(struct tree *tree, const char *path, unsigned flags, struct place *place)
{
	if (walk_place(&tree->walk, path, flags, place) < 0)
		return fail(tree->run, "open", "%s", path);
	return 0;
}

int tree_open_file(int parent, const char *name, struct stat *st)
{
	int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	int why = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	close(fd);
	errno = why;
	return -1;
}

static int run_operation(struct tree *tree, const struct operation *operation, const struct record *record)
{
	const char *text;
	int failed = record_want(tree->run, record, operation->least, operation->most);
	/* The content of `write` (argument 4) may hold anything. */
	for (uint32_t i = 0; !failed && i < record->argc; i++)
		if (operation->function != tree_write || i != 4)
			failed = record_text(tree->run, record, i, &text);
	return failed ? failed : operation->function(tree, record);
}

static int add_source(struct tree *tree, const struct record *record)
{
	const char *name;
	int fd = -1;
	if (tree->source_count == TREE_SOURCES_MAX)
		return fail_config(tree->run, "more than %d sources", TREE_SOURCES_MAX);
	if (record->argc < 2)
		return fail_config(tree->run, "%s: expected a name and a place", record->name);
	int failed = record_text(tree->run, record, 0, &name);
	if (!failed)
		failed = layer_root_open(tree->run, record, 1, record_is(record, "source-overlay"), &fd);
	if (failed)
		return failed;
	struct tree_source *source = &tree->sources[tree->source_count++];
	source->name = name;
	walk_open(&source->walk, fd);
	return 0;
}

/* Everything that is no operation. `*taken` says that it was one of these. */
static int take_setting(struct tree *tree, const struct record *record, int *root, bool *taken)
{
	*taken = true;
	if (record_is(record, "root") || record_is(record, "root-overlay"))
		return *root >= 0 ? fail_config(tree->run, "two roots")
				  : layer_root_open(tree->run, record, 0, record_is(record, "root-overlay"), root);
	if (record_is(record, "source") || record_is(record, "source-overlay"))
		return add_source(tree, record);
	if (record_is(record, "keep-going"))
		tree->keep_going = true;
	else if (record_is(record, "rootless"))
		tree->rootless = true;
	else
		*taken = false;
	return 0;
}

static const struct operation *operation_of(const struct record *record)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (record_is(record, operations[i].name))
			return &operations[i];
	return NULL;
}

static int run_all(struct tree *tree)
{
	const struct records *records = &tree->run->records;
	int last = 0;
	tree->run->has_index = true;
	tree->run->index = 0;
	for (size_t i = 0; i < records->count; i++) {
		const struct operation *operation = operation_of(&records->items[i]);
		if (!operation)
			continue;
		int failed = run_operation(tree, operation, &records->items[i]);
		if (failed && (!tree->keep_going || failed == EXIT_CONFIG))
			return failed;
		last = failed ? failed : last;
		tree->run->index++;
	}
	return last;
}

int mode_tree(struct run *run)
{
	struct tree_source sources[TREE_SOURCES_MAX];
	struct tree tree = { .run = run, .sources = sources };
	struct rlimit limit;
	int root = -1;
	for (size_t i = 0; i < run->records.count; i++) {
		const struct record *record = &run->records.items[i];
		bool taken;
		int failed = take_setting(&tree, record, &root, &taken);
		if (!failed && !taken && !operation_of(record))
			failed = fail_config(run, "unknown record %s", record->name);
		if (failed)
			return failed;
	}
	if (root < 0)
		return fail_config(run, "expected the record root");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	int failed = layer_root_enter(run, root);
	if (failed)
		return failed;
	run->stage = "tree";
	walk_open(&tree.walk, root);
	failed = run_all(&tree);
	walk_close(&tree.walk);
	for (size_t i = 0; i < tree.source_count; i++)
		walk_close(&sources[i].walk);
	twins_free(&tree.twins);
	xattrs_free(&tree.xattrs);
	return failed;
}
