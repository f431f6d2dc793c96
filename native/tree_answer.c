/* What operations answer. */
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void tree_result(struct tree *tree, struct json *json)
{
	json_begin(json, "result");
	json_unsigned(json, "index", tree->run->index);
}

int tree_answer(struct tree *tree)
{
	struct json json;
	tree_result(tree, &json);
	json_send(tree->run, &json);
	return 0;
}

int tree_answer_path(struct tree *tree, const char *path, const char *key, bool value)
{
	struct json json;
	tree_result(tree, &json);
	json_text(&json, "path", path);
	json_bool(&json, key, value);
	json_send(tree->run, &json);
	return 0;
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

void tree_json_link(struct json *json, int parent, const char *name, const struct stat *st)
{
	char target[WALK_PATH_MAX];
	if (!S_ISLNK(st->st_mode))
		return;
	ssize_t n = readlinkat(parent, name, target, sizeof target);
	if (n >= 0)
		json_bytes(json, "link", target, (size_t)n);
}
