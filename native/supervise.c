#include "syscalls.h"

#include "supervise.h"

#include "cgroup.h"
#include "pty.h"
#include "supervision.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/* Slots of the poll set; -1 descriptors are skipped by the kernel. */
enum slot {
	SLOT_EXIT,
	SLOT_SYNC,
	SLOT_CONTROL,
	SLOT_IN_FROM,
	SLOT_IN_TO,
	SLOT_OUT_FROM,
	SLOT_OUT_TO,
	SLOT_ERR_FROM,
	SLOT_ERR_TO,
	SLOT_FIXED,
};

static void report_pid(struct container *container, const char *event)
{
	struct json json;
	json_begin(&json, event);
	json_number(&json, "pid", container->pid);
	if (container->config.log_file)
		json_number(&json, "monitorPid", getpid());
	json_send(container->run, &json);
}

/* Both in one go: the init writes its own failures, and none of our reports may come after one of them. */
static void report_started(struct supervision *s)
{
	s->state = STARTED;
	clock_gettime(CLOCK_MONOTONIC, &s->started);
	report_pid(s->container, "created");
	report_pid(s->container, "started");
}

static void take_pty(struct supervision *s, int master)
{
	struct container *container = s->container;
	s->is_pty = true;
	if (container->console_socket >= 0) {
		/* One byte of nothing with the descriptor: what console sockets expect. */
		sync_send(container->console_socket, '\0', master);
		close(take_fd(&container->console_socket));
		close(master);
		return;
	}
	container->pty = master;
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	s->out.from = master;
	s->in.to = master;
	s->in.kind = SINK_OTHER;
}

static void on_sync(struct supervision *s)
{
	struct container *container = s->container;
	char message;
	int fd;
	int n = sync_receive(container->sync[0], &message, &fd);
	if (n > 0) {
		switch (message) {
		case SYNC_PTY:
			if (fd >= 0)
				take_pty(s, fd);
			break;
		case SYNC_READY:
			s->state = READY;
			break;
		case SYNC_EXEC:
			s->state = EXECUTING;
			break;
		case SYNC_FAILED:
			s->state = NOT_STARTED;
			break;
		}
		return;
	}
	close(take_fd(&container->sync[0]));
	if (s->state == EXECUTING) {
		report_started(s);
		if (s->monitor)
			monitor_started(s->monitor);
	}
}

/* The owner goes and the process stays: what it still says is read and thrown away, and nobody types any more. */
static void leave(struct supervision *s)
{
	struct json json;
	if (s->monitor || s->state != STARTED)
		return;
	s->container->config.detach = true;
	streams_leave(s);
	json_begin(&json, "left");
	json_send(s->container->run, &json);
}

static void on_control(struct supervision *s)
{
	struct container *container = s->container;
	struct command command;
	if (!control_read(&s->control)) {
		close(container->run->control_fd == container->run->report_fd ? -1 : container->run->control_fd);
		container->run->control_fd = -1;
		/* The owner is gone. */
		if (!container->config.detach)
			sys_pidfd_send_signal(container->pidfd, SIGKILL);
		return;
	}
	while (control_next(&s->control, &command)) {
		switch (command.kind) {
		case COMMAND_SIGNAL:
			sys_pidfd_send_signal(container->pidfd, command.signal);
			break;
		case COMMAND_RESIZE:
			if (container->pty >= 0)
				pty_resize(container->pty, command.rows, command.columns);
			break;
		case COMMAND_STDIN_END:
			s->in.ended = true;
			if (flow_is_empty(&s->in))
				stdin_close(s);
			break;
		case COMMAND_LEAVE:
			leave(s);
			break;
		case COMMAND_OTHER:
			break;
		}
	}
}

static void loop(struct supervision *s)
{
	struct container *container = s->container;
	for (;;) {
		struct pollfd set[SLOT_FIXED + MONITOR_SLOTS];
		size_t count = SLOT_FIXED;
		memset(set, 0, sizeof set);
		set[SLOT_EXIT] = (struct pollfd){ .fd = container->pidfd, .events = POLLIN };
		set[SLOT_SYNC] = (struct pollfd){ .fd = container->sync[0], .events = POLLIN };
		set[SLOT_CONTROL] = (struct pollfd){ .fd = container->run->control_fd, .events = POLLIN };
		flow_poll(&set[SLOT_IN_FROM], &set[SLOT_IN_TO], &s->in);
		if (s->in.to < 0)
			set[SLOT_IN_FROM].fd = -1; /* no terminal yet */
		flow_poll(&set[SLOT_OUT_FROM], &set[SLOT_OUT_TO], &s->out);
		flow_poll(&set[SLOT_ERR_FROM], &set[SLOT_ERR_TO], &s->err);
		int timeout = -1;
		if (s->monitor) {
			count += monitor_poll(s->monitor, set + SLOT_FIXED);
			if (monitor_holds(s->monitor))
				set[SLOT_OUT_FROM].fd = set[SLOT_ERR_FROM].fd = -1;
			timeout = monitor_timeout(s->monitor);
		}
		if (poll(set, count, timeout) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		/* Before the exit: whether it was started decides what the exit means. */
		if (set[SLOT_SYNC].revents)
			on_sync(s);
		if (set[SLOT_CONTROL].revents)
			on_control(s);
		if (set[SLOT_OUT_FROM].revents || set[SLOT_OUT_TO].revents)
			output_pass(s, &s->out, 1, set[SLOT_OUT_FROM].revents);
		if (set[SLOT_ERR_FROM].revents || set[SLOT_ERR_TO].revents)
			output_pass(s, &s->err, 2, set[SLOT_ERR_FROM].revents);
		if (set[SLOT_IN_FROM].revents || set[SLOT_IN_TO].revents)
			input_pass(s, set[SLOT_IN_FROM].revents);
		if (s->monitor) {
			monitor_serve(s->monitor, set + SLOT_FIXED);
			if (s->in.ended && flow_is_empty(&s->in) && s->in.to >= 0)
				stdin_close(s);
		}
		if (set[SLOT_EXIT].revents)
			return;
	}
}

static void finish_sync(struct supervision *s)
{
	/* Without an own pid namespace a child may hold the socket; what the init itself said is there already. */
	while (s->container->sync[0] >= 0) {
		struct pollfd wait = { .fd = s->container->sync[0], .events = POLLIN };
		if (poll(&wait, 1, 0) <= 0)
			break;
		on_sync(s);
	}
	if (s->container->sync[0] >= 0 && s->state == EXECUTING) {
		report_started(s);
	}
}

static int report_exit(struct supervision *s, int status)
{
	struct container *container = s->container;
	struct timespec now;
	struct json json;
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	clock_gettime(CLOCK_MONOTONIC, &now);
	json_begin(&json, "exit");
	json_number(&json, "exitCode", code);
	if (WIFSIGNALED(status))
		json_number(&json, "signal", WTERMSIG(status));
	json_number(&json, "durationMs",
		(now.tv_sec - s->started.tv_sec) * 1000LL + (now.tv_nsec - s->started.tv_nsec) / 1000000);
	cgroup_report(container, &json);
	if (s->monitor)
		monitor_exit(s->monitor, &json);
	json_send(container->run, &json);
	return code;
}

int supervise(struct container *container)
{
	struct supervision s = { .container = container };
	struct monitor monitor;
	int status = 0;
	if (container->config.log_file || container->config.attach_socket) {
		int failed = monitor_begin(&monitor, container, &s.in);
		if (failed) {
			sys_pidfd_send_signal(container->pidfd, SIGKILL);
			waitpid(container->pid, NULL, 0);
			return failed;
		}
		s.monitor = &monitor;
	}
	control_begin(&s.control, container->run);
	flows_begin(&s);
	loop(&s);
	finish_sync(&s);
	while (waitpid(container->pid, &status, 0) < 0 && errno == EINTR)
		;
	cgroup_kill(container);
	if (s.state == STARTED) {
		if (s.monitor)
			monitor_await(s.monitor);
		output_drain(&s, &s.out, 1);
		output_drain(&s, &s.err, 2);
	}
	int code;
	if (s.state == STARTED) {
		code = report_exit(&s, status);
	} else {
		/* It has said why, unless somebody killed it. */
		code = WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_SYSCALL;
		if (WIFSIGNALED(status)) {
			container->run->stage = "process";
			code = fail_config(container->run,
				"the container's first process was killed by signal %d before it was started",
				WTERMSIG(status));
		}
	}
	if (s.monitor)
		monitor_end(s.monitor);
	flow_free(&s.in);
	flow_free(&s.out);
	flow_free(&s.err);
	return code;
}
