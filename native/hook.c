#include "hook.h"

#include "cleanup.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int run_hook(struct container *container, const struct hook *hook, pid_t host_pid)
{
	struct run *run = container->run;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(run, "pipe2", "hook %s", hook->path);
	cleanup_close int read_end = ends[0];
	cleanup_close int write_end = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(run, "fork", "hook %s", hook->path);
	if (pid == 0) {
		char *self[] = { (char *)hook->path, NULL };
		char *nothing[] = { NULL };
		dup2(read_end, 0);
		sys_close_range(3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
		signal(SIGPIPE, SIG_DFL);
		execve(hook->path, hook->args.count ? (char **)hook->args.items : self,
			hook->env.count ? (char **)hook->env.items : nothing);
		_exit(fail(run, "execve", "hook %s", hook->path));
	}
	cleanup_close int pidfd = sys_pidfd_open(pid);
	close(take_fd(&read_end));
	char number[16];
	int size = snprintf(number, sizeof number, "%d", host_pid);
	/* A hook that does not read its state is fine (EPIPE). */
	if (write_all(write_end, hook->state_prefix.data, hook->state_prefix.size) == 0 &&
		write_all(write_end, number, (size_t)size) == 0)
		write_all(write_end, hook->state_suffix.data, hook->state_suffix.size);
	close(take_fd(&write_end));

	int status;
	struct pollfd wait = { .fd = pidfd, .events = POLLIN };
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		int left = -1;
		if (hook->timeout) {
			clock_gettime(CLOCK_MONOTONIC, &now);
			long long passed =
				(now.tv_sec - start.tv_sec) * 1000LL + (now.tv_nsec - start.tv_nsec) / 1000000;
			left = passed >= hook->timeout * 1000LL ? 0 : (int)(hook->timeout * 1000LL - passed);
		}
		int n = poll(&wait, 1, left);
		if (n > 0)
			break;
		if (n == 0) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return errno = ETIMEDOUT, fail(run, "wait", "hook %s (%u s)", hook->path, hook->timeout);
		}
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(run, "waitpid", "hook %s", hook->path);
	if (status == 0)
		return 0;
	if (WIFSIGNALED(status))
		return fail_config(run, "hook %s was ended by signal %d", hook->path, WTERMSIG(status));
	if (WEXITSTATUS(status) == EXIT_SYSCALL)
		return EXIT_SYSCALL;
	return fail_config(run, "hook %s failed with exit status %d", hook->path, WEXITSTATUS(status));
}

int hooks_run(struct container *container, enum hook_stage stage, pid_t host_pid)
{
	struct config *config = &container->config;
	for (size_t i = 0; i < config->hook_count; i++) {
		if (config->hooks[i].stage != stage)
			continue;
		container->run->stage = stage == HOOK_CREATE_CONTAINER ? "hook createContainer" : "hook startContainer";
		int failed = run_hook(container, &config->hooks[i], host_pid);
		if (failed)
			return failed;
	}
	return 0;
}
