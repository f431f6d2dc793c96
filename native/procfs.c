#include "procfs.h"

#include "cleanup.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PROC_ROOT_INODE 1

int procfs_open(struct run *run, int *fd)
{
	struct statfs fs;
	struct stat st;
	*fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return fail(run, "open", "/proc");
	if (fstatfs(*fd, &fs) < 0 || fstat(*fd, &st) < 0)
		return fail(run, "fstatfs", "/proc");
	if (fs.f_type != MAGIC_PROC || st.st_ino != PROC_ROOT_INODE)
		return fail_config(run, "/proc is not a proc file system: the helper needs the real one");
	return 0;
}

/* Before Linux 5.6: name by name, each looked at before the next is opened in it. */
static int open_by_hand(int proc, const char *path, int flags)
{
	struct stat top, st;
	char name[NAME_MAX + 1];
	cleanup_close int folder = openat(proc, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &top) < 0)
		return -1;
	for (;;) {
		size_t size = strcspn(path, "/");
		if (size == 0 || size > NAME_MAX || strncmp(path, "..", size) == 0)
			return errno = EINVAL, -1;
		memcpy(name, path, size);
		name[size] = '\0';
		bool last = path[size] == '\0';
		int how = last ? flags : O_PATH | O_DIRECTORY;
		cleanup_close int fd = openat(folder, name, how | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return -1;
		if (st.st_dev != top.st_dev)
			return errno = EXDEV, -1;
		if (last)
			return take_fd(&fd);
		close(folder);
		folder = take_fd(&fd);
		path += size + 1;
	}
}

/* Opens a file below, through no symbolic link and no other mount (CVE-2025-52881). -1 and errno on failure. */
static int open_file(int proc, const char *path, int flags)
{
	int fd = sys_openat2(proc, path, (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW), 0,
		RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	return fd < 0 && errno == ENOSYS ? open_by_hand(proc, path, flags) : fd;
}

int procfs_write(int proc, const char *path, const void *data, size_t size)
{
	cleanup_close int fd = open_file(proc, path, O_WRONLY);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, data, size);
	if (n >= 0 && (size_t)n != size) {
		errno = EIO;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

pid_t procfs_self(int proc)
{
	char text[24];
	ssize_t size = readlinkat(proc, "self", text, sizeof text - 1);
	uint64_t pid;
	if (size <= 0)
		return 0;
	text[size] = '\0';
	return parse_number(text, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

int procfs_start_time(int proc, pid_t pid, uint64_t *time)
{
	char path[32], text[1024];
	snprintf(path, sizeof path, "%d/stat", pid);
	cleanup_close int fd = open_file(proc, path, O_RDONLY);
	if (fd < 0)
		return -1;
	ssize_t size = read(fd, text, sizeof text - 1);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	/* The second field is the program's name in brackets and may hold anything; the last bracket ends it. */
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at) {
		errno = EIO;
		return -1;
	}
	*time = strtoull(at + 1, NULL, 10);
	return 0;
}
