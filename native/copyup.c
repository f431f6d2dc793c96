#include "copyup.h"

#include "cleanup.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* A file system deeper than this is no /etc or /var that somebody wants copied at every start. */
#define MAX_DEPTH 64

static int copy_folder(struct run *run, int from, int to, const char *name, int depth);

static int copy_file(struct run *run, int from, int to, const char *name, const struct stat *st)
{
	cleanup_close int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return fail(run, "open", "%s (copied up)", name);
	cleanup_close int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return fail(run, "open", "%s (copy)", name);
	for (off_t done = 0; done < st->st_size;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)(st->st_size - done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(run, "sendfile", "%s", name);
		if (n == 0)
			break;
		done += n;
	}
	return 0;
}

static int copy_entry(struct run *run, int from, int to, const char *name, int depth)
{
	struct stat st;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(run, "stat", "%s (copied up)", name);
	int failed = 0;
	if (S_ISREG(st.st_mode)) {
		failed = copy_file(run, from, to, name, &st);
	} else if (S_ISLNK(st.st_mode)) {
		char target[PATH_MAX];
		ssize_t size = readlinkat(from, name, target, sizeof target - 1);
		if (size < 0)
			return fail(run, "readlink", "%s", name);
		target[size] = '\0';
		if (symlinkat(target, to, name) < 0)
			return fail(run, "symlink", "%s", name);
	} else if (S_ISDIR(st.st_mode)) {
		if (mkdirat(to, name, 0700) < 0)
			return fail(run, "mkdir", "%s", name);
		cleanup_close int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		cleanup_close int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (in < 0 || out < 0)
			return fail(run, "open", "%s (copied up)", name);
		failed = copy_folder(run, in, out, name, depth + 1);
	} else {
		return 0; /* sockets, fifos and devices are not content */
	}
	if (failed)
		return failed;
	if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EINVAL)
		return fail(run, "fchownat", "%s", name);
	if (!S_ISLNK(st.st_mode) && fchmodat(to, name, st.st_mode & 07777, 0) < 0)
		return fail(run, "fchmodat", "%s", name);
	struct timespec times[2] = { st.st_atim, st.st_mtim };
	utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int copy_folder(struct run *run, int from, int to, const char *name, int depth)
{
	if (depth > MAX_DEPTH)
		return errno = ELOOP, fail(run, "openat", "%s (copied up)", name);
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_folder DIR *folder = again < 0 ? NULL : fdopendir(again);
	if (!folder)
		return fail(run, "opendir", "%s (copied up)", name);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int failed = copy_entry(run, from, to, entry->d_name, depth);
		if (failed)
			return failed;
	}
	return 0;
}

int copy_up(struct run *run, int from, int to, const char *name)
{
	struct stat st;
	int failed = copy_folder(run, from, to, name, 0);
	if (failed)
		return failed;
	if (fstat(from, &st) < 0)
		return fail(run, "fstat", "%s", name);
	if (fchownat(to, ".", st.st_uid, st.st_gid, 0) < 0 && errno != EINVAL)
		return fail(run, "fchownat", "%s", name);
	return fchmodat(to, ".", st.st_mode & 07777, 0) < 0 ? fail(run, "fchmodat", "%s", name) : 0;
}
