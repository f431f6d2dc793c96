#include "parent_parts.h"

#include "handover.h"
#include "idmap.h"
#include "mount_source.h"
#include "resources.h"
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The init has ended while we were busy; it has said why. */
static int child_gave_up(struct container *container)
{
	int status;
	while (waitpid(container->pid, &status, 0) < 0 && errno == EINTR)
		;
	container->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return fail_config(container->run, "the container's first process ended too early");
}

/* Prestart and createRuntime hooks are TypeScript's: it hears of the namespaces and says `go`. */
static int pause_for_hooks(struct container *container)
{
	struct run *run = container->run;
	struct json json;
	char line[64], message;
	size_t size = 0;
	if (container->overlaps && sync_receive(container->sync[0], &message, NULL) <= 0)
		return child_gave_up(container);
	json_begin(&json, "namespaces");
	json_number(&json, "pid", container->pid);
	json_send(run, &json);
	if (run->control_fd < 0)
		return fail_config(run, "record pause-hooks needs a control stream");
	/* Byte by byte: what follows the line is for the supervisor. */
	for (;;) {
		struct pollfd wait[2] = { { .fd = run->control_fd, .events = POLLIN },
			{ .fd = container->pidfd, .events = POLLIN } };
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return fail(run, "poll", "control");
		if (wait[1].revents)
			return fail_config(run, "the container's first process ended while hooks ran");
		if (!wait[0].revents)
			continue;
		ssize_t n = read(run->control_fd, line + size, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return fail_config(run, "the control stream ended while hooks ran");
		if (line[size] == '\n') {
			if (size == 2 && memcmp(line, "go", 2) == 0)
				return 0;
			size = 0;
		} else if (size < sizeof line - 1) {
			size++;
		}
	}
}

/* What only the parent may do, between the clone and the init's work. */
int parent_gate(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	bool new_user = config->ns[NS_USER].wanted && !config->ns[NS_USER].path;
	int failed;
	if (new_user) {
		if ((failed = idmap_write(run, container->host_proc, container->pid, &config->uids, &config->gids,
			     config->setgroups_deny)) != 0 ||
			(failed = mounts_idmap(container)) != 0)
			return failed;
		run->stage = "process";
		if ((failed = resources_limits(container, container->pid)) != 0)
			return failed;
	}
	if (config->pause_hooks && (failed = pause_for_hooks(container)) != 0)
		return failed;
	run->stage = "process";
	if ((container->overlaps ? handover_send(container) : sync_send(container->sync[0], SYNC_GO, -1)) == 0)
		return 0;
	return errno == EPIPE || errno == ECONNRESET ? child_gave_up(container) : fail(run, "sendmsg", "sync");
}
