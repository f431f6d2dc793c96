/* The end of a container's groups: what is left is killed, what they counted is told, the folders go. */
#include "cgroup.h"
#include "cgroup_folder.h"
#include "cleanup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

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
			cgroup_pause_ms(round < 10 ? 1 : 10);
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

void cgroup_remove(struct container *container)
{
	struct texts *folders = &container->config.cgroup_folders;
	for (size_t i = folders->count; i-- > 0;)
		cgroup_folder_remove(folders->items[i]);
}
