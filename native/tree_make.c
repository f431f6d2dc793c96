/* Operations that make files and folders. Links on the way are followed inside the root. */
#include "tree.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Owner and mode of what is made; `first` is where the first folder that had to be made is. */
struct making {
	uint32_t mode, uid, gid;
	bool has_times;
	struct timespec times[2];
	bool made;
	char first[WALK_PATH_MAX];
	struct stat around; /* the folder around `first`, before */
};

static int own(int parent, const char *name, const struct making *making)
{
	cleanup_close int fd = openat(parent, name, FOLDER);
	if (fd < 0 || fchown(fd, making->uid, making->gid) < 0 || fchmod(fd, making->mode) < 0)
		return -1;
	return making->has_times ? futimens(fd, making->times) : 0;
}

static int make_folder(void *context, int parent, const char *name, const char *path)
{
	struct making *making = context;
	if (!making->made && fstatat(parent, ".", &making->around, 0) < 0)
		return -1;
	if (mkdirat(parent, name, 0700) < 0)
		return -1;
	if (!making->made)
		strcpy(making->first, path);
	making->made = true;
	return own(parent, name, making);
}

static int find_making(struct tree *tree, const char *path, struct making *making, struct place *place)
{
	tree->walk.make = make_folder;
	tree->walk.context = making;
	int failed = tree_place(tree, path, WALK_FOLLOW | WALK_MAKE, place);
	tree->walk.make = NULL;
	return failed;
}

/* MODE UID GID from argument `first` on. */
static int take_owner(struct tree *tree, const struct record *record, uint32_t first, struct making *making)
{
	uint64_t mode, uid, gid;
	int failed = tree_number(tree, record, first, 07777, &mode);
	if (!failed)
		failed = tree_number(tree, record, first + 1, UINT32_MAX - 1, &uid);
	if (!failed)
		failed = tree_number(tree, record, first + 2, UINT32_MAX - 1, &gid);
	if (!failed) {
		making->mode = (uint32_t)mode;
		making->uid = (uint32_t)uid;
		making->gid = (uint32_t)gid;
	}
	return failed;
}

static int take_times(struct tree *tree, const struct record *record, uint32_t first, struct making *making)
{
	if (record->argc <= first)
		return 0;
	if (record->argc != first + 2)
		return fail_config(tree->run, "%s: expected seconds and nanoseconds", record->name);
	making->has_times = true;
	int failed = tree_time(tree, record, first, &making->times[0]);
	making->times[1] = making->times[0];
	return failed;
}

static int write_content(int fd, const struct arg *content, const struct making *making)
{
	size_t done = 0;
	while (done < content->size) {
		ssize_t n = write(fd, content->data + done, content->size - done);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	if (ftruncate(fd, (off_t)content->size) < 0 || fchown(fd, making->uid, making->gid) < 0 ||
		fchmod(fd, making->mode) < 0)
		return -1;
	return making->has_times ? futimens(fd, making->times) : 0;
}

/* A file that is there keeps its inode; a device or fifo there is not opened. */
int tree_write(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct making making = { 0 };
	struct place place;
	struct stat st;
	int failed = take_owner(tree, record, 1, &making);
	if (!failed)
		failed = take_times(tree, record, 5, &making);
	if (failed)
		return failed;
	failed = tree_place(tree, path, WALK_FOLLOW, &place);
	if (!failed) {
		cleanup_close int fd = openat(
			place.parent, place.name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
			errno = EINVAL;
		else if (fd >= 0 && write_content(fd, &record->args[4], &making) == 0)
			errno = 0;
		failed = errno || fd < 0 ? fail(tree->run, "write", "%s", path) : 0;
	}
	if (!failed)
		failed = tree_answer_path(tree, place.path, "written", true);
	place_close(&place);
	return failed;
}

int tree_mkdir(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	struct making making = { 0 };
	struct place place;
	struct stat st;
	int failed = take_owner(tree, record, 1, &making);
	if (!failed)
		failed = take_times(tree, record, 4, &making);
	if (failed)
		return failed;
	failed = find_making(tree, path, &making, &place);
	if (!failed && fstatat(place.parent, place.name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = ENOTDIR;
		failed = S_ISDIR(st.st_mode) ? 0 : fail(tree->run, "mkdir", "%s", path);
	} else if (!failed && make_folder(&making, place.parent, place.name, place.path) < 0) {
		failed = fail(tree->run, "mkdir", "%s", path);
	}
	if (!failed) {
		struct json json;
		tree_result(tree, &json);
		json_text(&json, "path", place.path);
		json_bool(&json, "made", making.made);
		if (making.made)
			json_text(&json, "first", making.first);
		json_send(tree->run, &json);
	}
	place_close(&place);
	return failed;
}

/* Something to mount on. Tells what was made, and how the folder around it was, so that all can be undone. */
int tree_stub(struct tree *tree, const struct record *record)
{
	const char *path = record->args[0].data;
	bool is_folder = strcmp(record->args[1].data, "dir") == 0;
	struct making making = { .mode = 0755 };
	struct place place;
	struct stat st;
	if (!is_folder && strcmp(record->args[1].data, "file") != 0)
		return fail_config(tree->run, "touch-stub: expected file or dir, found %s", record->args[1].data);
	int failed = find_making(tree, path, &making, &place);
	if (failed)
		goto out;
	if (fstatat(place.parent, place.name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (!making.made)
			fstatat(place.parent, ".", &making.around, 0);
		if (is_folder) {
			failed = make_folder(&making, place.parent, place.name, place.path);
		} else {
			cleanup_close int fd = openat(
				place.parent, place.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
			failed = fd;
			if (fd >= 0 && !making.made)
				strcpy(making.first, place.path);
			making.made = making.made || fd >= 0;
		}
		failed = failed < 0 ? fail(tree->run, is_folder ? "mkdir" : "open", "%s", path) : 0;
	}
	if (!failed) {
		struct json json;
		tree_result(tree, &json);
		json_text(&json, "path", place.path);
		json_bool(&json, "made", making.made);
		if (making.made) {
			json_text(&json, "first", making.first);
			json_number(&json, "parentMtime", making.around.st_mtim.tv_sec);
			json_unsigned(&json, "parentMtimeNsec", (uint64_t)making.around.st_mtim.tv_nsec);
		}
		json_send(tree->run, &json);
	}
out:
	place_close(&place);
	return failed;
}
