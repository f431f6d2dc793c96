/* The init's road from the clone to execve; each line is a stage of docs/helper-protocol.md. */
#include "syscalls.h"

#include "setup.h"

#include "cgroup.h"
#include "cleanup.h"
#include "device.h"
#include "handover.h"
#include "hook.h"
#include "mask.h"
#include "mount.h"
#include "namespaces.h"
#include "overlay.h"
#include "process.h"
#include "procfs.h"
#include "program.h"
#include "pty.h"
#include "rootfs.h"
#include "sync.h"
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Dies with the parent from now on, and at once when it is gone already. */
static int tie_to_parent(struct container *container)
{
	char byte;
	if (container_outlives_us(container))
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fail(container->run, "prctl", "PR_SET_PDEATHSIG");
	if (recv(container->sync[1], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return EXIT_SYSCALL;
	return 0;
}

static int wait_for_parent(struct container *container)
{
	char message;
	if (!container->gated)
		return 0;
	if (container->overlaps)
		return handover_receive(container);
	/* The parent has reported already whatever went wrong at its side. */
	if (sync_receive(container->sync[1], &message, NULL) <= 0 || message != SYNC_GO)
		return EXIT_SYSCALL;
	return 0;
}

/* In a new user namespace we are nobody until we say that we are its root; where 0 is not mapped we stay nobody. */
static void become_root(struct container *container)
{
	struct ns *user = &container->config.ns[NS_USER];
	if (!user->wanted)
		return;
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	(void)!syscall(SYS_setgroups, 0, NULL);
	(void)!syscall(SYS_setresgid, 0, 0, 0);
	(void)!syscall(SYS_setresuid, 0, 0, 0);
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

static int make_root(struct container *container)
{
	struct config *config = &container->config;
	int failed;
	if ((failed = rootfs_attach(container)) != 0 || (failed = mounts_make(container)) != 0 ||
		(failed = devices_make(container)) != 0)
		return failed;
	if (config->stdio >= STDIO_PTY && (failed = pty_make(container, container->root)) != 0)
		return failed;
	if (config->stdio >= STDIO_PTY && config->dev_console && (failed = pty_bind_console(container)) != 0)
		return failed;
	return masks_make(container);
}

int setup_container(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	close(take_fd(&container->sync[0]));
	run->stage = "process";
	if ((failed = tie_to_parent(container)) != 0 ||
		(container->overlaps && (failed = namespaces_make(container)) != 0) ||
		(failed = wait_for_parent(container)) != 0 || (failed = cgroup_enter(container)) != 0)
		return failed;
	become_root(container);
	/* Only now: the parent could not have written our maps. Nobody else is in our pid namespace yet. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	tie_to_parent(container); /* the change of ids has undone it */
	if ((failed = namespaces_unshare_ipc(container)) != 0 || (failed = namespaces_unshare_cgroup(container)) != 0 ||
		(failed = namespaces_join(container)) != 0 || (failed = process_begin(container)) != 0 ||
		(failed = make_root(container)) != 0)
		return failed;
	if (config->hook_count) {
		pid_t host_pid = procfs_self(container->host_proc);
		if ((failed = hooks_run(container, HOOK_CREATE_CONTAINER, host_pid)) != 0)
			return failed;
	}
	if ((failed = namespaces_name(container)) != 0 || (failed = sysctls_write(container)) != 0 ||
		(failed = rootfs_enter(container)) != 0)
		return failed;
	if (config->stdio >= STDIO_PTY && (failed = pty_take(container)) != 0)
		return failed;
	return process_start(container);
}

/* The calling program again, or another, as the root of a user namespace: the rootless entry. */
int setup_userns(struct container *container)
{
	int failed;
	close(take_fd(&container->sync[0]));
	container->run->stage = "process";
	if ((failed = tie_to_parent(container)) != 0 || (failed = wait_for_parent(container)) != 0)
		return failed;
	if (container->join_pidfd >= 0 && (failed = namespaces_enter_user(container)) != 0)
		return failed;
	become_root(container);
	tie_to_parent(container);
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(container->run, "mount", "MS_SLAVE /");
	return program_plain(container);
}

int setup_mounted(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	close(take_fd(&container->sync[0]));
	run->stage = "mount";
	if ((failed = tie_to_parent(container)) != 0)
		return failed;
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(run, "mount", "MS_SLAVE /");
	if (container->root_tree < 0)
		failed = overlay_mount(run, config->overlay);
	else if (sys_move_mount_path(container->root_tree, config->overlay->target) < 0)
		failed = fail(run, "move_mount", "%s", config->overlay->target);
	return failed ? failed : program_plain(container);
}

int setup_joined(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	close(take_fd(&container->sync[0]));
	run->stage = "process";
	if ((failed = tie_to_parent(container)) != 0 || (failed = cgroup_enter(container)) != 0 ||
		(failed = namespaces_enter_joined(container)) != 0)
		return failed;
	if (container->join_flags & ns_flag(NS_USER)) {
		config->ns[NS_USER].wanted = true;
		become_root(container);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		config->ns[NS_USER].wanted = false;
	}
	if ((failed = process_begin(container)) != 0)
		return failed;
	if (config->stdio >= STDIO_PTY) {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return fail(run, "open", "/ of the container");
		if ((failed = pty_make(container, root)) != 0 || (failed = pty_take(container)) != 0)
			return failed;
	}
	return process_start(container);
}
