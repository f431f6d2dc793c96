#include "container.h"

#include <stdlib.h>
#include <unistd.h>

void container_begin(struct container *container, struct run *run)
{
	*container = (struct container){
		.run = run,
		.host_proc = -1,
		.root_tree = -1,
		.start_fifo = -1,
		.start_report = -1,
		.console_socket = -1,
		.join_pidfd = -1,
		.join_root = -1,
		.cgroup_folder = -1,
		.stdio_child = { -1, -1, -1 },
		.stdio_parent = { -1, -1, -1 },
		.sync = { -1, -1 },
		.pidfd = -1,
		.pty = -1,
		.monitor_started = -1,
		.root = -1,
		.pty_slave = -1,
	};
}

bool container_outlives_us(const struct container *container)
{
	return container->config.start_fifo || (container->config.detach && container->monitor_started < 0);
}

void container_end(struct container *container)
{
	/* Descriptors go with the process, which ends now. */
	free(container->cgroup_procs);
	free(container->cgroup_later);
	config_free(&container->config);
}
