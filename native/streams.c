#include "streams.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_null(struct run *run, int *fd)
{
	struct stat st;
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return fail(run, "open", "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return fail_config(run, "/dev/null is not the null device");
	return 0;
}

/* Real pipes, never sockets: `echo x > /dev/stdout` opens them again by name. */
static int open_pipe(struct run *run, struct container *container, int number)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(run, "pipe2", "standard stream %d", number);
	container->stdio_child[number] = ends[number == 0 ? 0 : 1];
	container->stdio_parent[number] = ends[number == 0 ? 1 : 0];
	fcntl(container->stdio_parent[number], F_SETFL, O_NONBLOCK | (number == 0 ? O_WRONLY : O_RDONLY));
	return 0;
}

int streams_open(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "streams";
	for (int number = 0; number < 3; number++) {
		enum stdio_mode mode = number == 0 ? config->stdin_mode : config->stdio;
		int failed = 0;
		if (mode == STDIO_RELAY)
			failed = open_pipe(run, container, number);
		else if (mode == STDIO_NULL)
			failed = open_null(run, &container->stdio_child[number]);
		if (failed)
			return failed;
	}
	return 0;
}

int streams_take(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "streams";
	for (int number = 0; number < 3; number++) {
		enum stdio_mode mode = number == 0 ? config->stdin_mode : config->stdio;
		int fd = mode >= STDIO_PTY ? container->pty_slave : container->stdio_child[number];
		/* Two calls of a descriptor onto itself would keep close-on-exec; ours are always above 2. */
		if (fd >= 0 && dup2(fd, number) < 0)
			return fail(run, "dup2", "standard stream %d", number);
		/* So that a program of another user can open /dev/stdout and /dev/stderr. Not for what the caller lent
		 * us. */
		if (mode == STDIO_RELAY && config->has_user && config->uid != 0 &&
			fchown(number, config->uid, config->gid) < 0 && errno != EINVAL && errno != EPERM)
			return fail(run, "fchown", "standard stream %d", number);
	}
	return 0;
}
