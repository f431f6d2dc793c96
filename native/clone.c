#include "syscalls.h"

#include "clone.h"

#include "cleanup.h"
#include "namespaces.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

/* clone3, or clone where clone3 is not there or refused (an older kernel, a seccomp filter around us). */
int clone_child(struct container *container, uint64_t flags)
{
	struct run *run = container->run;
	struct kernel_clone_args args = { .flags = flags | CLONE_PIDFD, .exit_signal = SIGCHLD };
	args.pidfd = (uint64_t)(uintptr_t)&container->pidfd;
	if (container->cgroup_folder >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)container->cgroup_folder;
	}
	container->pid = sys_clone3(&args);
	if (container->pid < 0 && container->cgroup_folder >= 0 &&
		(errno == E2BIG || errno == EINVAL || errno == EBUSY || errno == EACCES || errno == EOPNOTSUPP)) {
		args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
		args.cgroup = 0;
		container->pid = sys_clone3(&args);
	}
	if (container->pid < 0 && errno == ENOSYS) {
		container->pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
		if (container->pid > 0)
			container->pidfd = sys_pidfd_open(container->pid);
	}
	if (container->pid == 0 && (args.flags & CLONE_INTO_CGROUP))
		close(take_fd(&container->cgroup_procs[container->cgroup_cloned])); /* it is there already */
	if (container->pid >= 0)
		return 0;
	if (errno == EINVAL)
		return fail_lacks(
			run, "one of the namespaces asked for (clone3 flags %llx)", (unsigned long long)flags);
	if (errno == ENOSPC || errno == EUSERS)
		return fail(run, "clone3", "too many namespaces (/proc/sys/user/max_*_namespaces)");
	if (errno == EPERM && (flags & (uint64_t)ns_flag(NS_USER)))
		return fail(run, "clone3", "CLONE_NEWUSER (unprivileged user namespaces are restricted here)");
	return fail(run, "clone3", "flags %llx", (unsigned long long)flags);
}

int clone_container(struct container *container)
{
	/* The init makes the others while we go on; a pid and a user namespace begin with a process. */
	return clone_child(
		container, ns_new_flags(&container->config) & (uint64_t)(ns_flag(NS_PID) | ns_flag(NS_USER)));
}

int clone_in_joined_user(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(run, "pipe2", "clone");
	cleanup_close int read_end = ends[0];
	cleanup_close int write_end = ends[1];
	pid_t between = fork();
	if (between < 0)
		return fail(run, "fork", "clone");
	if (between == 0) {
		if (setns(config->ns[NS_USER].fd, CLONE_NEWUSER) < 0)
			_exit(fail(run, "setns", "%s", config->ns[NS_USER].path));
		if (config->ns[NS_PID].path && setns(config->ns[NS_PID].fd, CLONE_NEWPID) < 0)
			_exit(fail(run, "setns", "%s", config->ns[NS_PID].path));
		uint64_t flags = ns_new_flags(config) & ~(uint64_t)(ns_flag(NS_TIME) | ns_flag(NS_CGROUP));
		pid_t pid = (pid_t)syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
		if (pid < 0)
			_exit(fail(run, "clone", "flags %llx", (unsigned long long)flags));
		if (pid == 0)
			_exit(setup_container(container));
		_exit(write(write_end, &pid, sizeof pid) != sizeof pid);
	}
	int status;
	while (waitpid(between, &status, 0) < 0)
		if (errno != EINTR)
			return fail(run, "waitpid", "clone");
	if (status != 0)
		return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSCALL;
	if (read(read_end, &container->pid, sizeof container->pid) != sizeof container->pid)
		return fail(run, "read", "pid of the container");
	container->pidfd = sys_pidfd_open(container->pid);
	return container->pidfd < 0 ? fail(run, "pidfd_open", "%d", container->pid) : 0;
}
