#include "init.h"

#include "caps.h"
#include "program.h"
#include "seccomp.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>

/* Signals that mean ourselves, or that a terminal sends to its foreground group anyway. */
static bool is_own(int number)
{
	return number == SIGCHLD || number == SIGTTIN || number == SIGTTOU || number == SIGSEGV || number == SIGBUS ||
	       number == SIGFPE || number == SIGILL || number == SIGABRT || number == SIGTRAP || number == SIGSYS;
}

static int program(struct container *container, const char *path, const sigset_t *before)
{
	struct config *config = &container->config;
	int failed;
	setpgid(0, 0);
	if (config->stdio >= STDIO_PTY) {
		/* Taking the foreground from the background would stop us. */
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, before, NULL);
	if (config->seccomp.size && config->no_new_privileges &&
		(failed = seccomp_load(container->run, config->seccomp_flags, config->seccomp)) != 0)
		return failed;
	return program_execute(container, path, program_environment(config));
}

/* Reaps all that have ended. The program's exit code once it is among them, else -1. */
static int reap(pid_t child)
{
	int status, code = -1;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == child)
			code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return code;
}

int init_start(struct container *container, const char *path)
{
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t child = fork();
	if (child < 0)
		return fail(container->run, "fork", "the container's program");
	if (child == 0)
		_exit(program(container, path, &before));

	/* From here on only a reaper without rights: no descriptors of the helper, no capabilities, its own name. The
	   sync socket has to go, so that its end tells the parent that the program was executed. */
	prctl(PR_SET_NAME, "init", 0, 0, 0);
	close_from(3);
	close(0);
	caps_clear();
	for (;;) {
		int number = 0;
		if (sigwait(&all, &number) != 0)
			continue;
		if (number == SIGCHLD) {
			int code = reap(child);
			if (code >= 0)
				_exit(code);
		} else if (!is_own(number)) {
			kill(number == SIGTSTP ? -child : child, number);
		}
	}
}
