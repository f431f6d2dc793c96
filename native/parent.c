#include "syscalls.h"

#include "parent.h"

#include "cgroup.h"
#include "cleanup.h"
#include "clone.h"
#include "mount.h"
#include "mount_source.h"
#include "namespaces.h"
#include "parent_parts.h"
#include "resources.h"
#include "rootfs.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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
	if ((failed = parent_prepare(container)) != 0 || (failed = namespaces_open(container)) != 0)
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
		failed = parent_gate(container);
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
	if ((failed = parent_prepare(container)) != 0 || (joins && (failed = namespaces_open_process(container)) != 0))
		return failed;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	run->stage = "clone";
	container->gated = !joins;
	if ((failed = clone_child(container, joins ? 0 : ns_new_flags(config))) != 0)
		return failed;
	if (container->pid == 0)
		_exit(setup_userns(container));
	if (container->gated && (failed = parent_gate(container)) != 0) {
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
	if ((failed = parent_prepare(container)) != 0 || (failed = rootfs_open(container)) != 0)
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
	if ((failed = parent_prepare(container)) != 0 || (failed = cgroup_prepare(container, CGROUP_BEFORE_CLONE)) != 0)
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
