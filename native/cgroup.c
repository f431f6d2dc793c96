#include "cgroup.h"

#include "bpf.h"
#include "cgroup_folder.h"
#include "cleanup.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* `fd` is the file of the item before, when it has the same path: device rules come one a write. */
static int write_value(struct run *run, const struct cgroup_write *item, int *held)
{
	if (*held < 0)
		*held = open(item->path, O_WRONLY | O_CLOEXEC);
	int fd = *held;
	if (fd >= 0 && write(fd, item->value.data, item->value.size) >= 0)
		return 0;
	if (item->optional && (errno == ENOENT || errno == EACCES || errno == EINVAL || errno == EPERM ||
				      errno == EOPNOTSUPP || errno == EBUSY)) {
		note(run, "%s: %s (left as it is)", item->path, strerror(errno));
		return 0;
	}
	return fail(run, fd < 0 ? "open" : "write", "%s (%.*s)", item->path,
		item->value.size > 80 ? 80 : (int)item->value.size, item->value.data);
}

/*
 * Opens what the init joins. A process that enters a group through cgroup.procs waits for every CPU (a grace period of
 * 10 ms and more); two ways go round that: the clone puts the child right into a v2 folder, and in v1 a process of one
 * thread may write itself into `tasks`.
 */
static int open_join(struct container *container, size_t join)
{
	struct run *run = container->run;
	const char *procs = container->config.cgroup_joins.items[join];
	char folder[PATH_MAX];
	struct statfs fs;
	const char *slash = strrchr(procs, '/');
	if (!slash || (size_t)(slash - procs) >= sizeof folder)
		return fail_config(run, "record cgroup-join: %s is no path of a cgroup.procs file", procs);
	memcpy(folder, procs, (size_t)(slash - procs));
	folder[slash - procs] = '\0';
	cleanup_close int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0 || fstatfs(folder_fd, &fs) < 0)
		return fail(run, "open", "%s", folder);
	bool is_v2 = fs.f_type == MAGIC_CGROUP2;
	int fd = openat(folder_fd, is_v2 ? slash + 1 : "tasks", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fd = openat(folder_fd, slash + 1, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(run, "open", "%s", procs);
	container->cgroup_procs[join] = fd;
	if (is_v2 && container->cgroup_folder < 0) {
		container->cgroup_folder = take_fd(&folder_fd);
		container->cgroup_cloned = join;
	}
	return 0;
}

/* The size of the nearest folder's name that is there, above the join's group, when that is a v1 hierarchy; else 0. */
static size_t find_v1(const char *procs)
{
	char path[PATH_MAX];
	struct statfs fs;
	if (strlen(procs) >= sizeof path)
		return 0;
	strcpy(path, procs);
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash != path;) {
		*slash = '\0';
		if (statfs(path, &fs) == 0)
			return fs.f_type == MAGIC_CGROUP2 ? 0 : (size_t)(slash - path);
	}
	return 0;
}

void cgroup_split(struct container *container)
{
	struct texts *joins = &container->config.cgroup_joins;
	for (size_t i = 0; i < joins->count; i++)
		container->cgroup_later[i] = find_v1(joins->items[i]);
}

/* A folder or file of the part that is made now: the second has all that has yet to be made in v1, and what is in it.
 */
static bool is_due(const struct container *container, const char *path, enum cgroup_part part)
{
	const struct texts *joins = &container->config.cgroup_joins;
	bool later = false;
	for (size_t i = 0; i < joins->count && !later; i++) {
		size_t size = container->cgroup_later[i];
		later = size && strncmp(path, joins->items[i], size) == 0 && path[size] == '/';
	}
	return later == (part == CGROUP_AFTER_CLONE);
}

int cgroup_prepare(struct container *container, enum cgroup_part part)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	const char *held_path = NULL;
	run->stage = "cgroup";
	for (size_t i = 0; i < config->cgroup_folders.count; i++) {
		if (!is_due(container, config->cgroup_folders.items[i], part))
			continue;
		int failed = cgroup_folder_make(run, config->cgroup_folders.items[i]);
		if (failed)
			return failed;
	}
	for (size_t i = 0; part == CGROUP_BEFORE_CLONE && i < config->cgroup_made.count; i++)
		cgroup_folder_mark(config->cgroup_made.items[i]);
	cleanup_close int held = -1;
	for (size_t i = 0; i < config->cgroup_write_count; i++) {
		const struct cgroup_write *item = &config->cgroup_writes[i];
		if (held < 0 || strcmp(item->path, held_path) != 0) {
			if (!is_due(container, item->path, part))
				continue;
			if (held >= 0)
				close(take_fd(&held));
		}
		held_path = item->path;
		int failed = write_value(run, item, &held);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < config->cgroup_device_count; i++) {
		if (!is_due(container, config->cgroup_devices[i].folder, part))
			continue;
		int failed =
			bpf_attach_devices(run, config->cgroup_devices[i].folder, config->cgroup_devices[i].program);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < config->cgroup_joins.count; i++) {
		int failed =
			(container->cgroup_later[i] != 0) == (part == CGROUP_AFTER_CLONE) ? open_join(container, i) : 0;
		if (failed)
			return failed;
	}
	return 0;
}

int cgroup_enter(struct container *container)
{
	struct run *run = container->run;
	run->stage = "cgroup";
	for (size_t i = 0; i < container->config.cgroup_joins.count; i++) {
		if (container->cgroup_procs[i] < 0)
			continue;
		/* "0" is the writer itself, whatever its number in its own pid namespace. */
		if (write(container->cgroup_procs[i], "0", 1) < 0)
			return fail(run, "write", "%s", container->config.cgroup_joins.items[i]);
		close(take_fd(&container->cgroup_procs[i]));
	}
	return 0;
}
