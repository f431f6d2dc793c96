#include "cgroup.h"

#include "bpf.h"
#include "cleanup.h"
#include "syscalls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

static int make_folder(struct run *run, const char *path)
{
	char prefix[PATH_MAX];
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || strlen(path) >= sizeof prefix)
		return fail(run, "mkdir", "%s", path);
	strcpy(prefix, path);
	for (char *at = prefix + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(prefix, 0755) < 0 && errno != EEXIST)
			return fail(run, "mkdir", "%s", prefix);
		*at = '/';
	}
	return mkdir(path, 0755) < 0 && errno != EEXIST ? fail(run, "mkdir", "%s", path) : 0;
}

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
		int failed = make_folder(run, config->cgroup_folders.items[i]);
		if (failed)
			return failed;
	}
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

/* Kills every process that a cgroup.procs file lists. Returns how many there were; -1 when it cannot be read. */
static int kill_listed(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[16384];
	int count = 0;
	if (fd < 0)
		return -1;
	size_t held = 0;
	for (;;) {
		ssize_t n = read(fd, text + held, sizeof text - 1 - held);
		if (n <= 0)
			break;
		held += (size_t)n;
		text[held] = '\0';
		char *at = text;
		for (char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
			long pid = strtol(at, NULL, 10);
			if (pid > 1) {
				kill((pid_t)pid, SIGKILL);
				count++;
			}
		}
		held = (size_t)(text + held - at);
		memmove(text, at, held);
	}
	return count;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

void cgroup_kill(struct container *container)
{
	struct texts *kills = &container->config.cgroup_kills;
	for (size_t i = 0; i < kills->count; i++) {
		const char *path = kills->items[i];
		size_t size = strlen(path);
		if (size > 5 && strcmp(path + size - 5, ".kill") == 0) {
			cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
			if (fd >= 0 && write(fd, "1", 1) == 1)
				continue;
		}
		/* A fork bomb makes new ones while we kill: until none is left, for 5 s at most. */
		for (int round = 0; round < 500 && kill_listed(path) > 0; round++)
			pause_ms(round < 10 ? 1 : 10);
	}
}

/* The number behind `key` (or at the start, when key is NULL) of a small file. */
static bool read_counter(const char *path, const char *key, uint64_t *value)
{
	char text[8192];
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof text - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	const char *at = text;
	if (key) {
		size_t size = strlen(key);
		while (at && (strncmp(at, key, size) != 0 || at[size] != ' ')) {
			at = strchr(at, '\n');
			at = at ? at + 1 : NULL;
		}
		if (!at)
			return false;
		at += size + 1;
	}
	if (*at < '0' || *at > '9')
		return false;
	*value = strtoull(at, NULL, 10);
	return true;
}

void cgroup_report(struct container *container, struct json *json)
{
	struct config *config = &container->config;
	bool oom = false;
	for (size_t i = 0; i < config->cgroup_stat_count; i++) {
		const struct cgroup_stat *stat = &config->cgroup_stats[i];
		uint64_t value;
		switch (stat->kind) {
		case STAT_MEMORY_PEAK:
			if (read_counter(stat->path, NULL, &value))
				json_unsigned(json, "memoryPeak", value);
			break;
		case STAT_CPU_USEC:
			if (read_counter(stat->path, "usage_usec", &value))
				json_unsigned(json, "cpuUsec", value);
			break;
		case STAT_CPU_NSEC:
			if (read_counter(stat->path, NULL, &value))
				json_unsigned(json, "cpuUsec", value / 1000);
			break;
		case STAT_OOM_V1:
		case STAT_OOM_V2:
			if (read_counter(stat->path, "oom_kill", &value) && value > 0)
				oom = true;
			break;
		}
	}
	json_bool(json, "oomKilled", oom);
}

/* Depth first: a container may have made groups of its own below. */
static int remove_tree(int parent, const char *name)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	/* O_NOFOLLOW: cgroupfs has no links, but the path is only as good as who named it. */
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	cleanup_folder DIR *folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(fd, entry->d_name);
	return unlinkat(parent, name, AT_REMOVEDIR);
}

void cgroup_remove(struct container *container)
{
	struct texts *folders = &container->config.cgroup_folders;
	for (size_t i = folders->count; i-- > 0;) {
		/* EBUSY while dead processes are still being taken apart. */
		long wait = 1;
		while (remove_tree(AT_FDCWD, folders->items[i]) < 0 && errno == EBUSY && wait <= 1024) {
			pause_ms(wait);
			wait *= 2;
		}
	}
}
