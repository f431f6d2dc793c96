#include "syscalls.h"

#include "parent.h"

#include "cgroup.h"
#include "cleanup.h"
#include "clone.h"
#include "handover.h"
#include "idmap.h"
#include "mount.h"
#include "mount_source.h"
#include "namespaces.h"
#include "procfs.h"
#include "pty.h"
#include "resources.h"
#include "rootfs.h"
#include "setup.h"
#include "streams.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
static int prepare(struct container *container)
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
static int serve_gate(struct container *container)
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

/* Root and sources, opened with our own rights. */
static int open_mounts(struct container *container, bool new_user)
{
	int failed;
	if ((failed = rootfs_open(container)) != 0 || (failed = mounts_open_sources(container)) != 0)
		return failed;
	/* With the container's own user namespace it has to wait for its maps. */
	return new_user ? 0 : mounts_idmap(container);
}

/* The init inherits the score from us; ours is put back behind the clone. */
static int lend_oom_score(struct container *container)
{
	struct run *run = container->run;
	if (resources_oom_score(container, container->config.oom_score_adj) == 0)
		return 0;
	if (errno != EACCES && errno != EPERM)
		return fail(run, "write", "/proc/self/oom_score_adj (%d)", container->config.oom_score_adj);
	note(run, "oom_score_adj %d is not allowed here", container->config.oom_score_adj);
	return 0;
}

static int read_oom_score(struct container *container)
{
	char text[16];
	cleanup_close int fd = openat(container->host_proc, "self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return (int)strtol(text, NULL, 10);
}

static void kill_child(struct container *container)
{
	if (container->pid > 0) {
		kill(container->pid, SIGKILL);
		while (waitpid(container->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

static void close_child_ends(struct container *container)
{
	if (container->sync[1] >= 0)
		close(take_fd(&container->sync[1]));
	for (int i = 0; i < 3; i++)
		if (container->stdio_child[i] >= 0)
			close(take_fd(&container->stdio_child[i]));
	if (container->start_fifo >= 0)
		close(take_fd(&container->start_fifo));
	if (container->start_report >= 0)
		close(take_fd(&container->start_report));
	if (container->root_tree >= 0)
		close(take_fd(&container->root_tree));
	for (size_t i = 0; i < container->config.mount_count; i++)
		if (container->config.mounts[i].tree >= 0)
			close(take_fd(&container->config.mounts[i].tree));
}

int parent_start(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	bool new_user = config->ns[NS_USER].wanted && !config->ns[NS_USER].path;
	int old_score = 0, failed;
	container->overlaps = !config->ns[NS_USER].path;
	if ((failed = prepare(container)) != 0 || (failed = namespaces_open(container)) != 0)
		return failed;
	if (container->overlaps)
		cgroup_split(container);
	if ((failed = cgroup_prepare(container, CGROUP_BEFORE_CLONE)) != 0)
		return failed;
	if (!container->overlaps && (failed = open_mounts(container, new_user)) != 0)
		return failed;
	/* The maps of an undumpable process belong to the real root alone; nobody is in its pid namespace yet. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if ((failed = namespaces_before_clone(container)) != 0)
		return failed;
	bool lends_score =
		config->has_oom_score_adj && (old_score = read_oom_score(container)) != config->oom_score_adj;
	if (lends_score && (failed = lend_oom_score(container)) != 0)
		return failed;
	run->stage = "clone";
	container->gated = container->overlaps || config->pause_hooks;
	if (config->ns[NS_USER].path)
		failed = clone_in_joined_user(container);
	else
		failed = clone_container(container);
	if (failed)
		return failed;
	if (container->pid == 0)
		_exit(setup_container(container));
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	close(take_fd(&container->sync[1])); /* or the init's end would never show */
	if (lends_score)
		resources_oom_score(container, old_score);
	/* Two processors at work: our part of the start and the init's namespaces. */
	failed = cgroup_prepare(container, CGROUP_AFTER_CLONE);
	if (!failed && container->overlaps)
		failed = open_mounts(container, new_user);
	if (!failed && container->gated)
		failed = serve_gate(container);
	if (failed) {
		kill_child(container);
		return failed;
	}
	close_child_ends(container);
	return 0;
}

int parent_userns(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	bool joins = config->join_pid != 0;
	int failed;
	config->ns[NS_USER].wanted = config->ns[NS_MOUNT].wanted = true;
	if ((failed = prepare(container)) != 0 || (joins && (failed = namespaces_open_process(container)) != 0))
		return failed;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	run->stage = "clone";
	container->gated = !joins;
	if ((failed = clone_child(container, joins ? 0 : ns_new_flags(config))) != 0)
		return failed;
	if (container->pid == 0)
		_exit(setup_userns(container));
	if (container->gated && (failed = serve_gate(container)) != 0) {
		kill_child(container);
		return failed;
	}
	close_child_ends(container);
	return 0;
}

int parent_mounted(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	if (!config->overlay)
		return fail_config(run, "no record rootfs-overlay");
	if ((failed = prepare(container)) != 0 || (failed = rootfs_open(container)) != 0)
		return failed;
	run->stage = "clone";
	if ((failed = clone_child(container, CLONE_NEWNS)) != 0)
		return failed;
	if (container->pid == 0)
		_exit(setup_mounted(container));
	close_child_ends(container);
	return 0;
}

int parent_join(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int old_score = 0, failed;
	if (config->join_pid == 0)
		return fail_config(run, "no record join-pid");
	if ((failed = prepare(container)) != 0 || (failed = cgroup_prepare(container, CGROUP_BEFORE_CLONE)) != 0)
		return failed;
	if (config->has_oom_score_adj) {
		/* We are not in the container and nobody of it can see us. */
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		old_score = read_oom_score(container);
		failed = lend_oom_score(container);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
	if (failed || (failed = namespaces_open_joined(container)) != 0)
		return failed;
	run->stage = "clone";
	if ((failed = clone_child(container, 0)) != 0)
		return failed;
	if (container->pid == 0)
		_exit(setup_joined(container));
	if (config->has_oom_score_adj)
		resources_oom_score(container, old_score);
	close_child_ends(container);
	return 0;
}
