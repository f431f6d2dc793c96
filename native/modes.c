/* The modes that start a process: each is a start (parent.h) and what happens afterwards. */
#include "syscalls.h"

#include "cgroup.h"
#include "cleanup.h"
#include "container.h"
#include "overlay.h"
#include "parent.h"
#include "supervise.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static int begin(struct container *container, struct run *run)
{
	container_begin(container, run);
	return config_read(run, &container->config);
}

static int run_container(struct container *container)
{
	int code = parent_start(container);
	if (!code)
		code = supervise(container);
	cgroup_remove(container);
	return code;
}

/* Nobody here would relay the terminal: its master goes to the console socket. */
static int send_pty(struct container *container, int master)
{
	struct run *run = container->run;
	int failed = 0;
	if (container->console_socket < 0)
		failed = fail_config(run, "a terminal that outlives the helper needs a console-socket");
	else if (sync_send(container->console_socket, '\0', master) < 0)
		failed = fail(run, "sendmsg", "%s", container->config.console_socket);
	close(master);
	return failed;
}

static int report_pid(struct container *container, const char *event)
{
	struct json json;
	json_begin(&json, event);
	json_number(&json, "pid", container->pid);
	json_send(container->run, &json);
	return 0;
}

/* The process has said why by itself, unless it ended without an error of its own. */
static int ended_early(struct container *container, const char *message)
{
	int status;
	while (waitpid(container->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return fail_config(container->run, "%s", message);
}

int mode_run(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code)
		code = run_container(&container);
	container_end(&container);
	return code;
}

/* Until the program runs. Then we go, and whoever reaps our orphans (conmon, a shim) reaps it. */
static int wait_until_started(struct container *container)
{
	bool executing = false;
	char message;
	int fd, n;
	container->run->stage = "start";
	while ((n = sync_receive(container->sync[0], &message, &fd)) > 0) {
		if (message == SYNC_PTY && fd >= 0) {
			int failed = send_pty(container, fd);
			if (failed)
				return failed;
		}
		executing = message == SYNC_EXEC;
	}
	if (executing)
		return report_pid(container, "started");
	return ended_early(container, "the process ended before its program was started");
}

int mode_exec(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code)
		code = parent_join(&container);
	if (!code)
		code = container.config.detach ? wait_until_started(&container) : supervise(&container);
	container_end(&container);
	return code;
}

/* Until the init says that it waits at the fifo. Then we go, and it has no ancestor of ours. */
static int wait_until_created(struct container *container)
{
	char message;
	int fd, n;
	container->run->stage = "create";
	while ((n = sync_receive(container->sync[0], &message, &fd)) > 0) {
		if (message == SYNC_PTY && fd >= 0) {
			int failed = send_pty(container, fd);
			if (failed)
				return failed;
		}
		if (message == SYNC_READY)
			return report_pid(container, "created");
	}
	return ended_early(container, "the container's first process ended before it was created");
}

int mode_create(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code && !container.config.start_fifo)
		code = fail_config(run, "no record start-fifo");
	if (!code && container.config.stdio == STDIO_PTY)
		code = fail_config(run, "create hands its terminal to a console-socket: nobody would relay it");
	if (!code) {
		code = parent_start(&container);
		if (!code)
			code = wait_until_created(&container);
		if (code) {
			if (container.pid > 0)
				sys_pidfd_send_signal(container.pidfd, SIGKILL);
			cgroup_kill(&container);
			cgroup_remove(&container);
		}
	}
	container_end(&container);
	return code;
}

/* The process that the caller waits for: ends when the monitor's container has started, or with the monitor. */
static int wait_for_monitor(pid_t monitor, int started)
{
	char byte;
	int status;
	ssize_t n;
	do
		n = read(started, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	while (waitpid(monitor, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CONFIG;
}

int mode_monitor(struct run *run)
{
	struct container container;
	int ends[2];
	int code = begin(&container, run);
	if (code)
		return code;
	container.config.detach = true;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(run, "pipe2", "monitor");
	pid_t monitor = fork();
	if (monitor < 0)
		return fail(run, "fork", "monitor");
	if (monitor > 0) {
		close(ends[1]);
		return wait_for_monitor(monitor, ends[0]);
	}
	close(ends[0]);
	setsid();
	container.monitor_started = ends[1];
	struct json json;
	json_begin(&json, "monitor");
	json_number(&json, "pid", getpid());
	json_send(run, &json);
	code = run_container(&container);
	container_end(&container);
	return code;
}

int mode_userns(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code)
		code = parent_userns(&container);
	if (!code)
		code = supervise(&container);
	container_end(&container);
	return code;
}

static int attach_overlay(struct run *run, const struct overlay *overlay)
{
	cleanup_close int tree = -1;
	if (!overlay)
		return fail_config(run, "no record rootfs-overlay");
	int failed = overlay_detached(run, overlay, &tree);
	if (failed)
		return failed;
	if (tree < 0)
		return overlay_mount(run, overlay);
	return sys_move_mount_path(tree, overlay->target) < 0 ? fail(run, "move_mount", "%s", overlay->target) : 0;
}

int mode_mount(struct run *run)
{
	struct container container;
	int code = begin(&container, run);
	if (!code && container.config.attach) {
		code = attach_overlay(run, container.config.overlay);
	} else if (!code) {
		code = parent_mounted(&container);
		if (!code)
			code = supervise(&container);
	}
	container_end(&container);
	return code;
}
