/* The helper's entry: finds the descriptors and the mode, reads the config, dispatches. No policy, no defaults. */
#include "run.h"
#include "seal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct mode {
	const char *name;
	int (*function)(struct run *run);
	bool faces_container; /* a container's process could reach /proc/PID/exe: must run from a sealed copy */
};

static int read_fd_option(int argc, char **argv, int *i, const char *name, int *fd)
{
	uint64_t number;
	if (strcmp(argv[*i], name) != 0)
		return 0;
	if (*i + 1 >= argc || !parse_number(argv[*i + 1], 1 << 20, &number))
		return -1;
	*fd = (int)number;
	*i += 1;
	return 1;
}

static int usage(struct run *run)
{
	return fail_config(run,
		"expected MODE [--config FD] [--report FD] [--control FD] with open descriptors; this program is "
		"started by containerize only");
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "create", mode_create, true },
		{ "run", mode_run, true },
		{ "exec", mode_exec, true },
		{ "monitor", mode_monitor, true },
		{ "mount", mode_mount, false },
		{ "userns", mode_userns, false },
		{ "bpf", mode_bpf, false },
		{ "probe", mode_probe, false },
		{ "apply", mode_apply, false },
		{ "diff", mode_diff, false },
		{ "tree", mode_tree, false },
		{ "net", mode_net, false },
		{ "serve", mode_serve, false },
	};
	struct run run = { .stage = "start", .report_fd = -1, .control_fd = -1 };
	int config_fd = 0;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("containerize-helper 1") < 0;
	if (argc < 2)
		return usage(&run);
	run.mode = argv[1];
	for (int i = 2; i < argc; i++) {
		int found = read_fd_option(argc, argv, &i, "--config", &config_fd);
		if (found == 0)
			found = read_fd_option(argc, argv, &i, "--report", &run.report_fd);
		if (found == 0)
			found = read_fd_option(argc, argv, &i, "--control", &run.control_fd);
		if (found != 1)
			return usage(&run);
	}

	const struct mode *mode = NULL;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i].name, run.mode) == 0)
			mode = &modes[i];
	if (!mode) {
		/* Read first: what stays unread behind a closed socket can take our answer with it. */
		records_read(&run, config_fd, &run.records);
		return fail_config(&run, "unknown mode %s", run.mode);
	}

	/* Before anything of the config is read: the sealed copy starts again from the top of main(). */
	if (mode->faces_container) {
		int failed = seal_self(&run, argv);
		if (failed)
			return failed;
	}
	if ((config_fd > 2 && fcntl(config_fd, F_SETFD, FD_CLOEXEC) < 0) ||
		(run.report_fd > 2 && fcntl(run.report_fd, F_SETFD, FD_CLOEXEC) < 0) ||
		(run.control_fd > 2 && fcntl(run.control_fd, F_SETFD, FD_CLOEXEC) < 0)) {
		run.report_fd = -1;
		return usage(&run);
	}
	signal(SIGPIPE, SIG_IGN);

	run.stage = "config";
	int failed = records_read(&run, config_fd, &run.records);
	if (config_fd > 2 && config_fd != run.report_fd && config_fd != run.control_fd)
		close(config_fd);
	if (failed)
		return failed;
	int code = mode->function(&run);
	records_free(&run.records);
	return code;
}
