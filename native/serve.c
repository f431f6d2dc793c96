/*
 * Mode serve: carries out lists of `tree` and `diff` one after the other, each in a child of its own, so that a build
 * that has many pays once for a new process of a big program. A lane is two sockets: on one a list comes in and its
 * reports go out, the other is the mode's standard output. A lane carries one list at a time; its last report is
 * `served`.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LANES_MAX 10

struct lane {
	int reports; /* -1: its other end is gone */
	int output;
	pid_t child; /* 0: idle */
};

struct server {
	struct run *run;
	struct lane lanes[LANES_MAX];
	size_t count;
	int children; /* signalfd of SIGCHLD */
};

static int take_lanes(struct server *server)
{
	struct run *run = server->run;
	uint32_t first, count;
	if (run->records.count != 1 || !record_is(&run->records.items[0], "lanes"))
		return fail_config(run, "expected the record lanes and no other");
	const struct record *record = &run->records.items[0];
	int failed = record_want(run, record, 2, 2);
	if (!failed)
		failed = record_u32(run, record, 0, &first);
	if (!failed)
		failed = record_u32(run, record, 1, &count);
	if (failed)
		return failed;
	if (first < 3 || first > 1 << 20 || count < 1 || count > LANES_MAX)
		return fail_config(run, "lanes: expected 1 to %d, behind the standard streams", LANES_MAX);
	for (uint32_t i = 0; i < 2 * count; i++)
		if (fcntl((int)(first + i), F_SETFD, FD_CLOEXEC) < 0)
			return fail(run, "fcntl", "descriptor %u", first + i);
	for (uint32_t i = 0; i < count; i++)
		server->lanes[i] = (struct lane){ .reports = (int)(first + 2 * i), .output = (int)(first + 2 * i + 1) };
	server->count = count;
	return 0;
}

/* The first record says which mode the others are for. */
static int run_mode(struct run *run)
{
	const struct record *first = run->records.items;
	const char *mode;
	if (run->records.count == 0 || !record_is(first, "mode"))
		return fail_config(run, "expected the record mode first");
	int failed = record_want(run, first, 1, 1);
	if (!failed)
		failed = record_text(run, first, 0, &mode);
	if (failed)
		return failed;
	run->mode = mode;
	run->records.items++;
	run->records.count--;
	if (strcmp(mode, "tree") == 0)
		return mode_tree(run);
	if (strcmp(mode, "diff") == 0)
		return mode_diff(run);
	return fail_config(run, "mode %s is not served", mode);
}

static int serve_list(struct server *server, const struct lane *lane)
{
	struct run run = { .mode = "serve", .stage = "config", .report_fd = lane->reports, .control_fd = -1 };
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(server->children);
	close(server->run->control_fd);
	if (server->run->report_fd >= 0)
		close(server->run->report_fd);
	for (size_t i = 0; i < server->count; i++) {
		if (&server->lanes[i] == lane || server->lanes[i].reports < 0)
			continue;
		close(server->lanes[i].reports);
		close(server->lanes[i].output);
	}
	if (dup2(lane->output, 1) < 0)
		return fail(&run, "dup2", "standard output");
	close(lane->output);
	int failed = records_read(&run, lane->reports, &run.records);
	return failed ? failed : run_mode(&run);
}

static int begin(struct server *server, struct lane *lane)
{
	pid_t self = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return fail(server->run, "fork", "lane");
	if (pid == 0) {
		/* Nobody would hear of the work's end. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(EXIT_CONFIG);
		_exit(serve_list(server, lane));
	}
	lane->child = pid;
	return 0;
}

static void drop(struct lane *lane)
{
	if (lane->child > 0)
		kill(lane->child, SIGKILL);
	close(lane->reports);
	close(lane->output);
	lane->reports = lane->output = -1;
}

static void end(struct server *server, pid_t pid, int status)
{
	for (size_t i = 0; i < server->count; i++) {
		struct lane *lane = &server->lanes[i];
		if (lane->child != pid)
			continue;
		lane->child = 0;
		if (lane->reports < 0)
			return;
		struct run run = { .stage = "serve", .report_fd = lane->reports };
		struct json json;
		json_begin(&json, "served");
		json_number(&json, "code", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
		json_number(&json, "signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		json_send(&run, &json);
		return;
	}
}

static void reap(struct server *server)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;
	while (read(server->children, &info, sizeof info) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		end(server, pid, status);
}

/* Each digit is the number of a lane whose work shall end. False when the owner is gone. */
static bool control(struct server *server)
{
	char lines[64];
	ssize_t n = read(server->run->control_fd, lines, sizeof lines);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		return false;
	for (ssize_t i = 0; i < n; i++) {
		size_t lane = (size_t)(lines[i] - '0');
		if (lines[i] >= '0' && lane < server->count && server->lanes[lane].child > 0)
			kill(server->lanes[lane].child, SIGKILL);
	}
	return true;
}

static int serve(struct server *server)
{
	for (;;) {
		struct pollfd set[LANES_MAX + 2];
		for (size_t i = 0; i < server->count; i++)
			/* What a busy lane has to read is its child's. */
			set[i] = (struct pollfd){ .fd = server->lanes[i].reports,
				.events = server->lanes[i].child ? 0 : POLLIN };
		struct pollfd *children = &set[server->count], *owner = children + 1;
		*children = (struct pollfd){ .fd = server->children, .events = POLLIN };
		*owner = (struct pollfd){ .fd = server->run->control_fd, .events = POLLIN };
		if (poll(set, server->count + 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(server->run, "poll", "lanes");
		}
		/* Lanes first: what the owner wants to end was begun before. */
		for (size_t i = 0; i < server->count; i++) {
			struct lane *lane = &server->lanes[i];
			if (set[i].revents & (POLLHUP | POLLERR | POLLNVAL))
				drop(lane);
			else if (set[i].revents & POLLIN && lane->child == 0) {
				int failed = begin(server, lane);
				if (failed)
					return failed;
			}
		}
		if (owner->revents && !control(server))
			return 0;
		if (children->revents)
			reap(server);
	}
}

int mode_serve(struct run *run)
{
	struct server server = { .run = run, .children = -1 };
	sigset_t chld;
	if (run->control_fd < 0)
		return fail_config(run, "serve: expected --control");
	int failed = take_lanes(&server);
	if (failed)
		return failed;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	server.children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (server.children < 0)
		return fail(run, "signalfd", "SIGCHLD");
	run->stage = "serve";
	failed = serve(&server);
	for (size_t i = 0; i < server.count; i++)
		if (server.lanes[i].child > 0)
			kill(server.lanes[i].child, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return failed;
}
