#include "syscalls.h"

#include "sysctl.h"

#include "cleanup.h"
#include "procfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Dots separate, unless slashes do: net/ipv4/conf/eth0.1/forwarding has a dot in a name. */
static int path_of(const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "sys/%s", name);
	if (n < 0 || (size_t)n >= size)
		return -1;
	if (!strchr(name, '/'))
		for (char *at = path; *at; at++)
			if (*at == '.')
				*at = '/';
	return 0;
}

/* A private procfs that is attached nowhere: where the host's /proc/sys is covered (we are in a container ourselves).
 */
static int open_private_proc(void)
{
	cleanup_close int fs = sys_fsopen("proc");
	if (fs < 0 || sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL) < 0)
		return -1;
	return sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int sysctls_write(struct container *container)
{
	struct run *run = container->run;
	cleanup_close int private = -1;
	run->stage = "sysctl";
	for (size_t i = 0; i < container->config.sysctl_count; i++) {
		const struct pair *item = &container->config.sysctls[i];
		char path[PATH_MAX];
		if (path_of(item->name, path, sizeof path) < 0)
			return fail_config(run, "record sysctl: name too long");
		size_t size = strlen(item->value);
		if (procfs_write(container->host_proc, path, item->value, size) == 0)
			continue;
		if (errno == EXDEV || errno == EROFS) {
			if (private < 0)
			private = open_private_proc();
			if (private >= 0 && procfs_write(private, path, item->value, size) == 0)
				continue;
		}
		return fail(run, "write", "/proc/%s (%.80s)", path, item->value);
	}
	return 0;
}
