#include "syscalls.h"

#include "program.h"

#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *path_variable(const struct config *config)
{
	/* The first PATH wins, as in libc's getenv. */
	for (size_t i = 0; i < config->env.count; i++)
		if (strncmp(config->env.items[i], "PATH=", 5) == 0)
			return config->env.items[i] + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

static int check_executable(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

int program_find(const struct config *config, char *path)
{
	const char *program = config->args.items[0];
	size_t size = strlen(program);
	int result = ENOENT;
	if (size == 0)
		return ENOENT;
	if (size >= PATH_MAX)
		return ENAMETOOLONG;
	if (strchr(program, '/')) {
		strcpy(path, program);
		return check_executable(path);
	}
	for (const char *at = path_variable(config);; at++) {
		size_t length = strcspn(at, ":");
		if (length + size + 2 <= PATH_MAX) {
			/* An empty element is the working folder. */
			snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, at, length ? "/" : "./", program);
			int wrong = check_executable(path);
			if (wrong == 0)
				return 0;
			if (wrong == EACCES)
				result = EACCES;
		}
		at += length;
		if (*at == '\0')
			return result;
	}
}

int program_failed(struct container *container, const char *call, const char *object, int number)
{
	struct json json;
	json_begin(&json, "exec-failed");
	json_number(&json, "errno", number);
	json_text(&json, "call", call);
	json_text(&json, "object", object);
	json_text(&json, "message", strerror(number));
	json_send(container->run, &json);
	if (container->run->report_fd >= 0 && container->start_report < 0)
		return EXIT_SYSCALL;
	/* Behind the start fifo: a message and a status as shells have them. */
	dprintf(2, "%s: %s\n", object, strerror(number));
	return number == ENOENT ? 127 : 126;
}

char **program_environment(struct config *config)
{
	static char *nothing[] = { NULL };
	return config->env.count ? (char **)config->env.items : nothing;
}

int program_execute(struct container *container, const char *path, char **env)
{
	struct config *config = &container->config;
	sync_send(container->sync[1], SYNC_EXEC, -1);
	execve(path, (char **)config->args.items, env);
	int number = errno;
	int code = program_failed(container, "execve", path, number);
	sync_send(container->sync[1], SYNC_FAILED, -1);
	return code;
}

int program_plain(struct container *container)
{
	extern char **environ;
	struct run *run = container->run;
	struct config *config = &container->config;
	char path[PATH_MAX];
	sigset_t none;
	run->stage = "process";
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (config->cwd && chdir(config->cwd) < 0)
		return fail(run, "chdir", "%s", config->cwd);
	int wrong = program_find(config, path);
	if (wrong)
		return program_failed(container, "execve", config->args.items[0], wrong);
	return program_execute(container, path, config->env.count ? (char **)config->env.items : environ);
}
