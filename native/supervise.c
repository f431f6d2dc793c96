#include "syscalls.h"

#include "supervise.h"

#include "cgroup.h"
#include "cleanup.h"
#include "control.h"
#include "monitor.h"
#include "pty.h"
#include "relay.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

enum state { STARTING, READY, EXECUTING, STARTED, NOT_STARTED };

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

struct supervision {
	struct container *container;
	struct control control;
	struct monitor *monitor; /* NULL unless in mode monitor */
	struct flow in, out, err;
	enum state state;
	struct timespec started;
	bool is_pty;
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

static void close_stdin(struct supervision *s)
{
	struct container *container = s->container;
	if (s->is_pty) {
		/* A terminal has no end of file of its own: the program hears the end-of-file character. */
		if (container->pty >= 0)
			(void)!write(container->pty, "\4", 1);
		s->in.from = -1;
		s->in.ended = false;
		return;
	}
	s->in.from = -1;
	s->in.to = -1;
	if (container->stdio_parent[0] >= 0)
		close(take_fd(&container->stdio_parent[0]));
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
				close_stdin(s);
			break;
		case COMMAND_OTHER:
			break;
		}
	}
}

static void poll_flow(struct pollfd *from, struct pollfd *to, const struct flow *flow)
{
	from->fd = to->fd = -1;
	if (!flow_is_empty(flow)) {
		to->fd = flow->to;
		to->events = POLLOUT;
	} else if (flow->from >= 0 && !flow->ended) {
		from->fd = flow->from;
		from->events = POLLIN;
	}
}

/* Container → us: to our own descriptor, or to the monitor's log. */
static void pass_output(struct supervision *s, struct flow *flow, int stream, bool readable)
{
	if (readable && !flow_fill(flow)) {
		if (s->monitor)
			monitor_output_end(s->monitor, stream);
		return;
	}
	if (s->monitor && !flow_is_empty(flow)) {
		monitor_output(s->monitor, stream, flow->buffer + flow->start, flow->end - flow->start);
		flow->start = flow->end;
	} else if (!flow_drain(flow)) {
		flow->to = -1;
	}
}

static void pass_input(struct supervision *s, bool readable)
{
	struct flow *flow = &s->in;
	if (readable && !flow_fill(flow)) {
		close_stdin(s);
		return;
	}
	if (!flow_drain(flow)) {
		close_stdin(s);
		return;
	}
	if (flow->ended && flow_is_empty(flow))
		close_stdin(s);
}

/* The container's processes are gone: what they wrote last is still in the pipes. */
static void drain_output(struct supervision *s, struct flow *flow, int stream)
{
	if (flow->from < 0)
		return;
	fcntl(flow->from, F_SETFL, O_NONBLOCK | (s->is_pty ? O_RDWR : O_RDONLY));
	for (;;) {
		if (flow_is_empty(flow) && !flow->ended) {
			size_t before = flow->end;
			if (!flow_fill(flow) || (flow_is_empty(flow) && flow->end <= before))
				break;
		}
		if (flow_is_empty(flow))
			break; /* its end was seen before */
		if (s->monitor) {
			pass_output(s, flow, stream, false);
			continue;
		}
		struct pollfd wait = { .fd = flow->to, .events = POLLOUT };
		if (flow->to >= 0 && poll(&wait, 1, -1) < 0 && errno != EINTR)
			break;
		if (!flow_drain(flow))
			break;
	}
	if (s->monitor)
		monitor_output_end(s->monitor, stream);
}

static void begin_flows(struct supervision *s)
{
	struct container *container = s->container;
	enum stdio_mode mode = container->config.stdio;
	flow_begin(&s->in, -1, -1);
	flow_begin(&s->out, -1, s->monitor ? -1 : 1);
	flow_begin(&s->err, -1, s->monitor ? -1 : 2);
	if (container->stdio_parent[0] >= 0) {
		flow_begin(&s->in, s->monitor ? -1 : 0, container->stdio_parent[0]);
		s->in.kind = SINK_SOCKET == s->in.kind ? SINK_SOCKET : SINK_OTHER;
	} else if (mode == STDIO_PTY) {
		s->in.from = s->monitor ? -1 : 0;
	}
	s->out.from = container->stdio_parent[1];
	s->err.from = container->stdio_parent[2];
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
		poll_flow(&set[SLOT_IN_FROM], &set[SLOT_IN_TO], &s->in);
		if (s->in.to < 0)
			set[SLOT_IN_FROM].fd = -1; /* no terminal yet */
		poll_flow(&set[SLOT_OUT_FROM], &set[SLOT_OUT_TO], &s->out);
		poll_flow(&set[SLOT_ERR_FROM], &set[SLOT_ERR_TO], &s->err);
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
			pass_output(s, &s->out, 1, set[SLOT_OUT_FROM].revents);
		if (set[SLOT_ERR_FROM].revents || set[SLOT_ERR_TO].revents)
			pass_output(s, &s->err, 2, set[SLOT_ERR_FROM].revents);
		if (set[SLOT_IN_FROM].revents || set[SLOT_IN_TO].revents)
			pass_input(s, set[SLOT_IN_FROM].revents);
		if (s->monitor) {
			monitor_serve(s->monitor, set + SLOT_FIXED);
			if (s->in.ended && flow_is_empty(&s->in) && s->in.to >= 0)
				close_stdin(s);
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
	begin_flows(&s);
	loop(&s);
	finish_sync(&s);
	while (waitpid(container->pid, &status, 0) < 0 && errno == EINTR)
		;
	cgroup_kill(container);
	if (s.state == STARTED) {
		if (s.monitor)
			monitor_await(s.monitor);
		drain_output(&s, &s.out, 1);
		drain_output(&s, &s.err, 2);
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
