#include "syscalls.h"

#include "mask.h"

#include "cleanup.h"
#include "inroot.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool is_missing(int number)
{
	return number == ENOENT || number == ENOTDIR || number == EACCES;
}

/* The host's /dev/null, and really that: a link in its place once gave containers a writable procfs (CVE-2025-31133).
 */
static int open_null(struct run *run, int *fd)
{
	struct stat st;
	*fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return fail(run, "open", "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return fail_config(run, "/dev/null of the host is not the null device");
	return 0;
}

/* One empty read-only tmpfs that covers every folder; -1 before Linux 5.2, where each gets its own. */
static int open_empty_folder(struct run *run, int *tree)
{
	cleanup_close int fs = sys_fsopen("tmpfs");
	if (fs < 0)
		return errno == ENOSYS ? 0 : fail(run, "fsopen", "tmpfs");
	if (sys_fsconfig(fs, FSCONFIG_STRING, "nr_inodes", "2") < 0 ||
		sys_fsconfig(fs, FSCONFIG_FLAG, "ro", NULL) < 0 || sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL) < 0)
		return fail(run, "fsconfig", "tmpfs");
	*tree = sys_fsmount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return *tree < 0 ? fail(run, "fsmount", "tmpfs") : 0;
}

static int mask_folder(struct run *run, int *empty, int target, const char *path)
{
	if (*empty < 0) {
		/* The first one is the mount itself, later ones are copies of it. */
		int failed = open_empty_folder(run, empty);
		if (failed)
			return failed;
		if (*empty < 0) {
			unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
			return mount("tmpfs", fd_path(target).text, "tmpfs", flags, "nr_inodes=2") < 0
				       ? fail(run, "mount", "tmpfs on %s", path)
				       : 0;
		}
		return sys_move_mount(*empty, target) < 0 ? fail(run, "move_mount", "%s", path) : 0;
	}
	return mount_bind_fd(*empty, target, false) < 0 ? fail(run, "move_mount", "%s", path) : 0;
}

int masks_make(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	cleanup_close int null = -1;
	cleanup_close int empty = -1;
	run->stage = "masks";
	for (size_t i = 0; i < config->readonlys.count; i++) {
		const char *path = config->readonlys.items[i];
		cleanup_close int target = open_in_root(container->root, path, CREATE_NOTHING);
		if (target < 0 && is_missing(errno))
			continue;
		if (target < 0)
			return fail(run, "openat2", "%s", path);
		int failed = mount_readonly_cover(container, target, path);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < config->masks.count; i++) {
		const char *path = config->masks.items[i];
		struct stat st;
		cleanup_close int target = open_in_root(container->root, path, CREATE_NOTHING);
		if (target < 0 && is_missing(errno))
			continue;
		if (target < 0 || fstat(target, &st) < 0)
			return fail(run, "openat2", "%s", path);
		int failed = 0;
		if (S_ISDIR(st.st_mode)) {
			failed = mask_folder(run, &empty, target, path);
		} else {
			failed = null < 0 ? open_null(run, &null) : 0;
			if (!failed && mount_bind_fd(null, target, false) < 0)
				failed = fail(run, "move_mount", "%s", path);
		}
		if (failed)
			return failed;
	}
	return 0;
}
