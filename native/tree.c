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

static int take_root(struct tree *tree, const struct record *record, int *root)
{
	bool overlay = record_is(record, "root-overlay");
	if (*root >= 0)
		return fail_config(tree->run, "two roots");
	int failed = layer_root_open(tree->run, record, 0, overlay, root);
	if (!failed && overlay)
		tree_upper_open(tree, record);
	return failed;
}

/* Everything that is no operation. `*taken` says that it was one of these. */
static int take_setting(struct tree *tree, const struct record *record, int *root, bool *taken)
{
	*taken = true;
	if (record_is(record, "root") || record_is(record, "root-overlay"))
		return take_root(tree, record, root);
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
	size_t last_operation = records->count;
	while (last_operation > 0 && !operation_of(&records->items[last_operation - 1]))
		last_operation--;
	tree->run->has_index = true;
	tree->run->index = 0;
	for (size_t i = 0; i < records->count; i++) {
		const struct operation *operation = operation_of(&records->items[i]);
		if (!operation)
			continue;
		tree->is_last = i + 1 == last_operation;
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
	struct tree tree = { .run = run, .sources = sources, .overlay_cwd = -1, .upper = -1 };
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
	tree_upper_close(&tree);
	twins_free(&tree.twins);
	xattrs_free(&tree.xattrs);
	return failed;
}
