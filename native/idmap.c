#include "idmap.h"

#include "cleanup.h"
#include "procfs.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* newuidmap PID INNER OUTER SIZE ...: setuid programs of the system that check /etc/subuid. */
static int run_program(struct run *run, const char *program, pid_t pid, const struct id_map *map)
{
	size_t count = 2 + map->count * 3;
	cleanup_free char *numbers = malloc(count * 12);
	cleanup_free char **argv = calloc(count + 1, sizeof *argv);
	char *environment[] = { NULL };
	if (!numbers || !argv)
		return fail_config(run, "not enough memory for the id map");
	argv[0] = (char *)program;
	for (size_t i = 1; i < count; i++) {
		uint32_t number = (uint32_t)pid;
		if (i >= 2) {
			const struct id_range *range = &map->ranges[(i - 2) / 3];
			number = (i - 2) % 3 == 0 ? range->inner : (i - 2) % 3 == 1 ? range->outer : range->size;
		}
		argv[i] = numbers + i * 12;
		snprintf(argv[i], 12, "%u", number);
	}
	pid_t child = fork();
	if (child < 0)
		return fail(run, "fork", "%s", program);
	if (child == 0) {
		execve(program, argv, environment);
		_exit(fail(run, "execve", "%s", program));
	}
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return fail(run, "waitpid", "%s", program);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SYSCALL)
		return EXIT_SYSCALL;
	if (status != 0)
		return errno = EPERM,
		       fail(run, "execve",
			       "%s: it refused the map (exit status %d): look at /etc/subuid, /etc/subgid and the mode "
			       "of the "
			       "program",
			       program, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

static int write_map(struct run *run, int proc, pid_t pid, const char *file, const struct id_map *map)
{
	char path[48];
	size_t size = 0, capacity = map->count * 36 + 1;
	cleanup_free char *text = malloc(capacity);
	if (!text)
		return fail_config(run, "not enough memory for the id map");
	for (size_t i = 0; i < map->count; i++)
		size += (size_t)snprintf(text + size, capacity - size, "%u %u %u\n", map->ranges[i].inner,
			map->ranges[i].outer, map->ranges[i].size);
	snprintf(path, sizeof path, "%d/%s", pid, file);
	if (procfs_write(proc, path, text, size) < 0)
		return fail(run, "write", "/proc/%s (%.*s)", path, size ? (int)size - 1 : 0, text);
	return 0;
}

int idmap_write(struct run *run, int proc, pid_t pid, const struct id_map *uids, const struct id_map *gids, bool deny)
{
	char path[48];
	run->stage = "idmap";
	snprintf(path, sizeof path, "%d/setgroups", pid);
	if (deny && procfs_write(proc, path, "deny", 4) < 0)
		return fail(run, "write", "/proc/%s", path);
	int failed = 0;
	if (gids->count)
		failed = gids->program ? run_program(run, gids->program, pid, gids)
				       : write_map(run, proc, pid, "gid_map", gids);
	if (!failed && uids->count)
		failed = uids->program ? run_program(run, uids->program, pid, uids)
				       : write_map(run, proc, pid, "uid_map", uids);
	return failed;
}

int idmap_namespace(struct run *run, int proc, const struct id_map *uids, const struct id_map *gids, int *fd)
{
	int pipe_fds[2];
	char path[48], byte;
	run->stage = "idmap";
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return fail(run, "pipe2", "id map");
	cleanup_close int read_end = pipe_fds[0];
	cleanup_close int write_end = pipe_fds[1];
	struct kernel_clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);
	if (pid < 0)
		return fail(run, "clone3", "CLONE_NEWUSER");
	if (pid == 0) {
		/* Lives until the parent has the namespace's descriptor. */
		close(write_end);
		_exit(read(read_end, &byte, 1) < 0);
	}
	int failed = idmap_write(run, proc, pid, uids, gids, false);
	if (!failed) {
		snprintf(path, sizeof path, "%d/ns/user", pid);
		*fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
		if (*fd < 0)
			failed = fail(run, "open", "/proc/%s", path);
	}
	close(take_fd(&write_end));
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return failed;
}
