#include "syscalls.h"

#include "rootfs.h"

#include "cleanup.h"
#include "mount.h"
#include "mount_attributes.h"
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int rootfs_open(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "rootfs";
	if (config->overlay)
		return overlay_detached(run, config->overlay, &container->root_tree);
	if (!config->rootfs)
		return fail_config(run, "no record rootfs or rootfs-overlay");
	container->root_tree =
		sys_open_tree(AT_FDCWD, config->rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (container->root_tree < 0 && errno != EPERM && errno != ENOSYS)
		return fail(run, "open_tree", "%s", config->rootfs);
	return 0;
}

/* The way of old kernels, and of callers without rights outside their new user namespace: everything by path. */
static int attach_by_path(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	const char *path = config->rootfs;
	if (config->overlay) {
		int failed = overlay_mount(run, config->overlay);
		if (failed)
			return failed;
		path = config->overlay->target;
		run->stage = "rootfs";
	} else if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0) {
		return fail(run, "mount", "%s onto itself", path);
	}
	if (mount(NULL, path, NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(run, "mount", "MS_SLAVE %s", path);
	container->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return container->root < 0 ? fail(run, "open", "%s", path) : 0;
}

/* Overlays that binds take their files from: seen in the new mount namespace alone, and gone with the host's root. */
static int attach_extra_overlays(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	for (size_t i = 0; i < config->extra_overlay_count; i++) {
		const struct overlay *overlay = &config->extra_overlays[i];
		cleanup_close int tree = -1;
		int failed = overlay_detached(run, overlay, &tree);
		if (!failed && tree < 0)
			failed = overlay_mount(run, overlay);
		if (failed)
			return failed;
		if (tree >= 0 && sys_move_mount_path(tree, overlay->target) < 0)
			return fail(run, "move_mount", "overlay on %s", overlay->target);
	}
	run->stage = "rootfs";
	return 0;
}

int rootfs_attach(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "rootfs";
	if (!config->ns[NS_MOUNT].wanted) {
		/* Without a mount namespace nothing may be mounted: the folder as it is, by chroot. */
		if (!config->rootfs || config->mount_count || config->masks.count || config->readonlys.count)
			return fail_config(run, "mounts need a mount namespace");
		container->root = open(config->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return container->root < 0 ? fail(run, "open", "%s", config->rootfs) : 0;
	}
	/* The first mount operation of all: nothing that follows may appear on the host. */
	if (mount(NULL, "/", NULL, config->has_propagation ? config->propagation : MS_SLAVE | MS_REC, NULL) < 0)
		return fail(run, "mount", "propagation of /");
	int failed = attach_extra_overlays(container);
	if (failed)
		return failed;
	if (container->root_tree < 0)
		return attach_by_path(container);

	/* pivot_root refuses a new root that is shared, or on a shared parent. */
	struct kernel_mount_attr attr = { .propagation = MS_SLAVE };
	bool late = mount_attributes_late();
	if (!config->overlay && !late && mount_attributes(container->root_tree, AT_RECURSIVE, &attr) < 0)
		return fail(run, "mount_setattr", "MS_SLAVE %s", config->rootfs);
	if (config->has_propagation && (config->propagation & MS_SHARED) &&
		mount(NULL, "/", NULL, MS_PRIVATE, NULL) < 0)
		return fail(run, "mount", "MS_PRIVATE /");
	/* Onto "/" itself: no folder of the host has to be reachable for the ids of the new user namespace. */
	if (sys_move_mount_path(container->root_tree, "/") < 0)
		return fail(run, "move_mount", "the root file system");
	container->root = take_fd(&container->root_tree);
	if (!config->overlay && late && mount_attributes(container->root, AT_RECURSIVE, &attr) < 0)
		return fail(run, "mount", "MS_SLAVE %s", config->rootfs);
	return 0;
}

int rootfs_enter(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "rootfs";
	if (config->readonly_root) {
		struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
		if (mount_attributes(container->root, 0, &attr) < 0)
			return fail(run, "mount_setattr", "read-only /");
	}
	if (fchdir(container->root) < 0)
		return fail(run, "fchdir", "the root file system");
	if (!config->ns[NS_MOUNT].wanted || config->no_pivot) {
		if (chroot(".") < 0)
			return fail(run, "chroot", "the root file system");
	} else {
		/* The old root lands on top of the new one and is taken off at once; it is never reachable by a name.
		 */
		if (sys_pivot_root(".", ".") < 0)
			return fail(run, "pivot_root", "the root file system");
		if (umount2(".", MNT_DETACH) < 0)
			return fail(run, "umount2", "the host's root");
	}
	if (chdir("/") < 0)
		return fail(run, "chdir", "/");
	if (config->rootfs_propagation && mount(NULL, "/", NULL, config->rootfs_propagation, NULL) < 0)
		return fail(run, "mount", "propagation of the container's /");
	return 0;
}
