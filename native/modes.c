/* The modes that start a process in a container. */
#include "syscalls.h"

#include "cgroup.h"
#include "cleanup.h"
#include "container.h"
#include "parent.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static int begin(struct container *container, struct run *run)
{
	container_begin(container, run);
	return config_read(run, &container->config);
}

int mode_run(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code) {
		code = parent_start(&container);
		if (!code)
			code = supervise(&container);
		cgroup_remove(&container);
	}
	container_end(&container);
	return code;
}

int mode_exec(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code)
		code = parent_join(&container);
	if (!code)
		code = supervise(&container);
	container_end(&container);
	return code;
}
