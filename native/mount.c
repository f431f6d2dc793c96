#include "syscalls.h"

#include "mount.h"

#include "cleanup.h"
#include "copyup.h"
#include "inroot.h"
#include "mount_attributes.h"
#include "mount_settings.h"
#include "mount_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Flags that only say how to mount, not what the mount shall be like. */
#define MS_VERBS (MS_BIND | MS_REC | MS_REMOUNT | MS_MOVE)

struct fd_path fd_path(int fd)
{
	struct fd_path path;
	snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
	return path;
}

/* A destination on /proc or /sys itself has to be a real folder: a link there would send procfs elsewhere
   (CVE-2019-19921, CVE-2023-27561). */
static bool needs_strictness(const struct mount *mount)
{
	return strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0 ||
	       strncmp(mount->destination, "/proc/", 6) == 0;
}

static int open_destination(struct container *container, const struct mount *mount, enum create create)
{
	return needs_strictness(mount) ? open_in_root_strictly(container->root, mount->destination, create)
				       : open_in_root(container->root, mount->destination, create);
}

/* Where something new shall be mounted. 0 and its descriptor, or an exit code after an error report. */
static int open_target(struct container *container, const struct mount *mount, enum create create, int *fd)
{
	*fd = open_destination(container, mount, create);
	if (*fd < 0)
		return fail(container->run, "openat2", "%s in the container", mount->destination);
	if (leads_into_proc(*fd, mount->destination))
		return fail_config(container->run, "mount on %s: it leads into /proc", mount->destination);
	return 0;
}

int mount_bind_fd(int source, int target, bool recursive)
{
	cleanup_close int tree = mount_clone_tree(source, recursive);
	if (tree >= 0)
		return sys_move_mount(tree, target);
	if (errno != ENOSYS)
		return -1;
	return mount(fd_path(source).text, fd_path(target).text, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL);
}

/* Gives the detached `tree` its attributes and mounts it on `target`. */
static int cover(struct run *run, int tree, int target, const struct kernel_mount_attr *attr, const char *name)
{
	bool late = mount_attributes_late();
	if (!late && mount_attributes(tree, AT_RECURSIVE, attr) < 0)
		return fail(run, "mount_setattr", "%s", name);
	if (sys_move_mount(tree, target) < 0)
		return fail(run, "move_mount", "%s", name);
	return late && mount_attributes(tree, AT_RECURSIVE, attr) < 0 ? fail(run, "mount", "remount %s", name) : 0;
}

int mount_readonly_cover(struct container *container, int target, const char *path)
{
	struct run *run = container->run;
	struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_close int tree = mount_clone_tree(target, true);
	if (tree >= 0)
		return cover(run, tree, target, &attr, path);
	if (errno != ENOSYS)
		return fail(run, "open_tree", "%s", path);
	if (mount(fd_path(target).text, fd_path(target).text, NULL, MS_BIND | MS_REC, NULL) < 0)
		return fail(run, "mount", "%s onto itself", path);
	cleanup_close int top = open_in_root(container->root, path, CREATE_NOTHING);
	if (top < 0 || mount_attributes(top, AT_RECURSIVE, &attr) < 0)
		return fail(run, "mount", "remount %s", path);
	return 0;
}

/* Never a peer of the host's mount by accident: what is mounted in the container must not appear outside. */
static int furnish_bind(struct run *run, const struct mount *mount, int tree)
{
	int failed = mount_set_propagation(run, mount, tree, MS_SLAVE | MS_REC);
	return failed ? failed : mount_set_attributes(run, mount, tree);
}

/* Before Linux 5.2 nothing is mounted detached: bound from where it is, and furnished there. */
static int bind_by_path(struct container *container, const struct mount *mount_, int source, int target)
{
	struct run *run = container->run;
	if (mount(fd_path(source).text, fd_path(target).text, NULL, MS_BIND | (mount_->flags & MS_REC), NULL) < 0)
		return fail(run, "mount", "%s on %s", mount_->source, mount_->destination);
	cleanup_close int top = open_destination(container, mount_, CREATE_NOTHING);
	return top < 0 ? fail(run, "open", "%s in the container", mount_->destination) : furnish_bind(run, mount_, top);
}

static int make_bind(struct container *container, struct mount *mount)
{
	struct run *run = container->run;
	if (mount->tree < 0) {
		int failed = mount_open_source(run, mount, true);
		if (failed || mount->tree < 0)
			return failed;
	}
	cleanup_close int tree = take_fd(&mount->tree);
	bool late = mount_attributes_late() || mount->by_path;
	int failed = late ? 0 : furnish_bind(run, mount, tree);
	if (failed)
		return failed;
	enum create create = mount->tree_is_folder ? CREATE_FOLDER : CREATE_FILE;
	if (!mount->create_folder && !mount->create_file)
		create = CREATE_NOTHING;
	cleanup_close int target = -1;
	if ((failed = open_target(container, mount, create, &target)) != 0)
		return failed;
	if (mount->by_path)
		return bind_by_path(container, mount, tree, target);
	if (sys_move_mount(tree, target) < 0)
		return fail(run, "move_mount", "%s on %s", mount->source, mount->destination);
	return late ? furnish_bind(run, mount, tree) : 0;
}

/* proc or sysfs refused in a user namespace (something of the host's is covered): the host's own, read-only. */
static int make_fallback_bind(struct container *container, struct mount *mount, int target)
{
	struct run *run = container->run;
	const char *source = strcmp(mount->type, "proc") == 0 ? "/proc" : "/sys";
	struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
						      MOUNT_ATTR_NOEXEC };
	cleanup_close int tree = sys_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return errno == ENOSYS ? fail_lacks(run, "open_tree(2) (Linux 5.2), to bind %s from the host", source)
				       : fail(run, "open_tree", "%s", source);
	note(run, "%s: bound from the host, read-only, because a new one is not allowed here", mount->destination);
	return cover(run, tree, target, &attr, mount->destination);
}

/* The mount that was just made is really there, and is what it should be. */
static int verify(struct container *container, const struct mount *mount)
{
	struct run *run = container->run;
	struct statfs fs;
	long magic = strcmp(mount->type, "proc") == 0 ? MAGIC_PROC : MAGIC_SYSFS;
	cleanup_close int fd = open_destination(container, mount, CREATE_NOTHING);
	if (fd < 0)
		return fail(run, "openat2", "%s in the container", mount->destination);
	if (fstatfs(fd, &fs) < 0)
		return fail(run, "fstatfs", "%s", mount->destination);
	if ((long)fs.f_type != magic)
		return fail_config(run, "%s is not a %s file system after the mount", mount->destination, mount->type);
	return 0;
}

/* What is covered is still there behind `target`. */
static int make_copy_by_path(struct container *container, const struct mount *mount_, int target)
{
	struct run *run = container->run;
	if (mount(mount_->source, fd_path(target).text, mount_->type, 0, mount_->data) < 0)
		return fail(run, "mount", "%s on %s (%.200s)", mount_->type, mount_->destination, mount_->data);
	cleanup_close int top = open_destination(container, mount_, CREATE_NOTHING);
	if (top < 0)
		return fail(run, "open", "%s in the container", mount_->destination);
	int failed = copy_up(run, target, top, mount_->destination);
	return failed ? failed : mount_set_attributes(run, mount_, top);
}

static int make_tmpfs_with_copy(struct container *container, const struct mount *mount, int target)
{
	struct run *run = container->run;
	char options[1024];
	cleanup_close int fs = sys_fsopen(mount->type);
	if (fs < 0)
		return errno == ENOSYS ? make_copy_by_path(container, mount, target)
				       : fail(run, "fsopen", "%s", mount->type);
	if (snprintf(options, sizeof options, "%s", mount->data) >= (int)sizeof options)
		return fail_config(run, "mount on %s: options too long", mount->destination);
	for (char *next = options, *option; (option = strsep(&next, ",")) != NULL;) {
		char *value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		if (*option && sys_fsconfig(fs, value ? FSCONFIG_STRING : FSCONFIG_FLAG, option, value) < 0)
			return fail(run, "fsconfig", "%s option %s", mount->type, option);
	}
	if (sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL) < 0)
		return fail(run, "fsconfig", "%s (%s)", mount->type, mount->data);
	cleanup_close int tree = sys_fsmount(fs, 0);
	if (tree < 0)
		return fail(run, "fsmount", "%s", mount->type);
	bool late = mount_attributes_late();
	int failed = copy_up(run, target, tree, mount->destination);
	if (!failed && !late)
		failed = mount_set_attributes(run, mount, tree);
	if (!failed && sys_move_mount(tree, target) < 0)
		failed = fail(run, "move_mount", "%s", mount->destination);
	return failed || !late ? failed : mount_set_attributes(run, mount, tree);
}

static int make_new(struct container *container, struct mount *mount_)
{
	struct run *run = container->run;
	cleanup_close int target = -1;
	int failed = open_target(container, mount_, mount_->create_folder ? CREATE_FOLDER : CREATE_NOTHING, &target);
	if (failed)
		return failed;
	if (mount_->copy_up)
		return make_tmpfs_with_copy(container, mount_, target);
	/* By descriptor: /proc/self/fd/N leads to exactly the folder that was opened, wherever it has been moved since.
	 */
	if (mount(mount_->source, fd_path(target).text, mount_->type, mount_->flags & ~(uint64_t)MS_VERBS,
		    *mount_->data ? mount_->data : NULL) < 0) {
		if (mount_->optional && (errno == ENODEV || errno == ENOENT))
			return 0;
		if (mount_->fallback_bind && (errno == EPERM || errno == EBUSY))
			return make_fallback_bind(container, mount_, target);
		if (errno == ENODEV)
			return fail_lacks(run, "the file system %s", mount_->type);
		return fail(run, "mount", "%s on %s (%.200s)", mount_->type, mount_->destination, mount_->data);
	}
	bool is_special = strcmp(mount_->type, "proc") == 0 || strcmp(mount_->type, "sysfs") == 0;
	failed = is_special ? verify(container, mount_) : 0;
	if (failed || !(mount_->recursive_set || mount_->recursive_clear || mount_->propagation))
		return failed;
	cleanup_close int made = open_destination(container, mount_, CREATE_NOTHING);
	if (made < 0)
		return fail(run, "openat2", "%s in the container", mount_->destination);
	struct mount rest = *mount_;
	rest.flags = 0;
	failed = mount_set_attributes(run, &rest, made);
	return failed ? failed : mount_set_propagation(run, mount_, made, 0);
}

static int remount(struct container *container, const struct mount *mount)
{
	struct run *run = container->run;
	cleanup_close int fd = open_destination(container, mount, CREATE_NOTHING);
	if (fd < 0)
		return fail(run, "openat2", "%s in the container", mount->destination);
	int failed = mount_set_attributes(run, mount, fd);
	return failed ? failed : mount_set_propagation(run, mount, fd, 0);
}

int mounts_make(struct container *container)
{
	struct config *config = &container->config;
	container->run->stage = "mount";
	for (size_t i = 0; i < config->mount_count; i++) {
		struct mount *mount = &config->mounts[i];
		int failed = mount->flags & MS_REMOUNT ? remount(container, mount)
			     : mount_is_bind(mount)    ? make_bind(container, mount)
						       : make_new(container, mount);
		if (failed)
			return failed;
	}
	return 0;
}
