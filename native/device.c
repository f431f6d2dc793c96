#include "syscalls.h"

#include "device.h"

#include "cleanup.h"
#include "inroot.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The folder of the last name is kept open: devices come in rows from one folder. */
struct folder {
	int fd;
	char path[PATH_MAX];
};

static int open_folder(struct container *container, struct folder *folder, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;
	if (folder->fd >= 0 && slash && strlen(folder->path) == size && memcmp(folder->path, path, size) == 0 &&
		slash[1]) {
		*name = slash + 1;
		return 0;
	}
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = open_parent_in_root(container->root, path, name);
	if (folder->fd < 0)
		return fail(container->run, "openat2", "folder of %s in the container", path);
	if (leads_into_proc(folder->fd, path))
		return fail_config(container->run, "device or link %s: it leads into /proc", path);
	size = (size_t)(*name - path) - (*name > path);
	if (size < sizeof folder->path) {
		memcpy(folder->path, path, size);
		folder->path[size] = '\0';
	}
	return 0;
}

static bool is_device(const struct stat *st, const struct device *device)
{
	return (st->st_mode & S_IFMT) == device->type &&
	       (device->type == S_IFIFO ||
		       (major(st->st_rdev) == device->major && minor(st->st_rdev) == device->minor));
}

/* In a user namespace nodes cannot be made: the host's, when it is really that device, is bound instead. */
static int bind_host_node(struct container *container, const struct device *device, int folder, const char *name)
{
	struct run *run = container->run;
	struct stat st;
	cleanup_close int source = open(device->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (source < 0 || fstat(source, &st) < 0)
		return fail(run, "open", "%s (device node of the host)", device->path);
	if (!is_device(&st, device))
		return fail_config(
			run, "%s of the host is not the device %u:%u", device->path, device->major, device->minor);
	int made = openat(folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
	if (made >= 0)
		close(made);
	cleanup_close int target = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return fail(run, "open", "%s in the container", device->path);
	return mount_bind_fd(source, target, false) < 0 ? fail(run, "move_mount", "%s", device->path) : 0;
}

static int make_device(struct container *container, const struct device *device, int folder, const char *name)
{
	struct run *run = container->run;
	struct stat st;
	/* With the umask cleared (see process_begin) the mode is right at once. */
	if (mknodat(folder, name, device->type | device->mode, makedev(device->major, device->minor)) < 0) {
		if (errno == EPERM)
			return bind_host_node(container, device, folder, name);
		if (errno != EEXIST)
			return fail(run, "mknodat", "%s", device->path);
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(run, "stat", "%s in the container", device->path);
		if (!is_device(&st, device))
			return errno = EEXIST, fail(run, "mknodat", "%s (something else is there)", device->path);
		if (fchmodat(folder, name, device->mode, 0) < 0 && errno != EROFS && errno != EPERM)
			return fail(run, "fchmodat", "%s", device->path);
	} else if (device->uid == 0 && device->gid == 0) {
		return 0;
	}
	if (fchownat(folder, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EROFS &&
		errno != EPERM)
		return fail(run, "fchownat", "%s", device->path);
	return 0;
}

int devices_make(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	struct folder folder = { .fd = -1 };
	int failed = 0;
	run->stage = "devices";
	for (size_t i = 0; i < config->device_count && !failed; i++) {
		const char *name;
		failed = open_folder(container, &folder, config->devices[i].path, &name);
		if (!failed)
			failed = make_device(container, &config->devices[i], folder.fd, name);
	}
	for (size_t i = 0; i < config->symlink_count && !failed; i++) {
		const char *name;
		failed = open_folder(container, &folder, config->symlinks[i].name, &name);
		if (!failed && symlinkat(config->symlinks[i].value, folder.fd, name) < 0 && errno != EEXIST)
			failed = fail(run, "symlinkat", "%s", config->symlinks[i].name);
	}
	if (folder.fd >= 0)
		close(folder.fd);
	return failed;
}
