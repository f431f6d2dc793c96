#include "syscalls.h"

#include "mount_source.h"

#include "cleanup.h"
#include "idmap.h"
#include "inroot.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool mount_is_bind(const struct mount *mount)
{
	return strcmp(mount->type, "bind") == 0 || (mount->flags & MS_BIND);
}

static int open_source(const struct mount *mount)
{
	if (mount->source_beneath) {
		cleanup_close int root = open(mount->source_beneath, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return root < 0 ? -1 : open_in_root(root, mount->source, CREATE_NOTHING);
	}
	return open(mount->source, O_PATH | O_CLOEXEC | (mount->source_nofollow ? O_NOFOLLOW : 0));
}

int mount_clone_tree(int fd, bool recursive)
{
	return sys_open_tree(
		fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
}

int mount_open_source(struct run *run, struct mount *mount, bool late)
{
	struct stat st;
	cleanup_close int fd = open_source(mount);
	if (fd < 0) {
		if (mount->optional && (errno == ENOENT || errno == ENOTDIR))
			return 0;
		if (!late && errno == EACCES)
			return 0;
		return fail(run, "open", "%s (source of the mount on %s)", mount->source, mount->destination);
	}
	if (fstat(fd, &st) < 0)
		return fail(run, "fstat", "%s", mount->source);
	mount->tree_is_folder = S_ISDIR(st.st_mode);
	mount->tree = mount_clone_tree(fd, mount->flags & MS_REC);
	if (mount->tree >= 0)
		return 0;
	/* Not allowed in our own mount namespace, or not known to the kernel: the init tries again in its own. */
	if (!late && (errno == EPERM || errno == ENOSYS))
		return 0;
	if (errno != ENOSYS)
		return fail(run, "open_tree", "%s (source of the mount on %s)", mount->source, mount->destination);
	if (mount->idmap)
		return fail_lacks(run, "id-mapped mounts (%s)", mount->source);
	mount->by_path = true;
	mount->tree = take_fd(&fd);
	return 0;
}

/* Files of an extra overlay: it is mounted later, in the container's own mount namespace. */
static bool waits_for_overlay(const struct config *config, const struct mount *mount)
{
	for (size_t i = 0; mount->source_beneath && i < config->extra_overlay_count; i++)
		if (strcmp(mount->source_beneath, config->extra_overlays[i].target) == 0)
			return true;
	return false;
}

int mounts_open_sources(struct container *container)
{
	struct config *config = &container->config;
	container->run->stage = "mount";
	for (size_t i = 0; i < config->mount_count; i++) {
		struct mount *mount = &config->mounts[i];
		if (!mount_is_bind(mount) || (mount->flags & MS_REMOUNT) || waits_for_overlay(config, mount))
			continue;
		int failed = mount_open_source(container->run, mount, false);
		if (failed)
			return failed;
	}
	return 0;
}

int mounts_idmap(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	for (size_t i = 0; i < config->mount_count; i++) {
		struct mount *mount = &config->mounts[i];
		if (!mount->idmap || mount->tree < 0)
			continue;
		cleanup_close int userns = -1;
		if (mount->idmap_uids.count || mount->idmap_gids.count) {
			int failed = idmap_namespace(
				run, container->host_proc, &mount->idmap_uids, &mount->idmap_gids, &userns);
			if (failed)
				return failed;
		} else {
			char path[48];
			snprintf(path, sizeof path, "%d/ns/user", container->pid);
			userns = mount->idmap_path ? open(mount->idmap_path, O_RDONLY | O_CLOEXEC)
						   : openat(container->host_proc, path, O_RDONLY | O_CLOEXEC);
			if (userns < 0)
				return fail(run, "open", "%s", mount->idmap_path ? mount->idmap_path : path);
		}
		run->stage = "mount";
		struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };
		if (sys_mount_setattr(mount->tree, mount->idmap_recursive ? AT_RECURSIVE : 0, &attr) < 0) {
			if (errno == EINVAL || errno == ENOSYS)
				return fail_lacks(run, "id-mapped mounts of this file system (%s)", mount->source);
			return fail(run, "mount_setattr", "MOUNT_ATTR_IDMAP %s", mount->source);
		}
	}
	return 0;
}
