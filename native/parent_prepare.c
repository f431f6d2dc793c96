#include "parent_parts.h"

#include "procfs.h"
#include "pty.h"
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int open_fifo(struct run *run, const char *path, int *fd)
{
	struct stat st;
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return fail(run, "mkfifo", "%s", path);
	/* For reading and writing, so that opening does not wait and reading never ends. */
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return fail(run, "open", "%s", path);
	return S_ISFIFO(st.st_mode) ? 0 : fail_config(run, "%s is not a fifo", path);
}

/* What both a new container and a joining process need before the clone. */
int parent_prepare(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	if (config->args.count == 0)
		return fail_config(run, "no record args");
	if ((failed = procfs_open(run, &container->host_proc)) != 0)
		return failed;
	if (config->start_fifo && (failed = open_fifo(run, config->start_fifo, &container->start_fifo)) != 0)
		return failed;
	if (config->start_report && (failed = open_fifo(run, config->start_report, &container->start_report)) != 0)
		return failed;
	if (config->console_socket &&
		(failed = pty_connect(run, config->console_socket, &container->console_socket)) != 0)
		return failed;
	container->cgroup_procs = calloc(config->cgroup_joins.count + 1, sizeof *container->cgroup_procs);
	container->cgroup_later = calloc(config->cgroup_joins.count + 1, sizeof *container->cgroup_later);
	if (!container->cgroup_procs || !container->cgroup_later)
		return fail_config(run, "not enough memory for the control groups");
	for (size_t i = 0; i < config->cgroup_joins.count; i++)
		container->cgroup_procs[i] = -1;
	if ((failed = streams_open(container)) != 0)
		return failed;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, container->sync) < 0)
		return fail(run, "socketpair", "sync");
	return 0;
}
