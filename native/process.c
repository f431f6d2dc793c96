#include "syscalls.h"

#include "process.h"

#include "caps.h"
#include "cleanup.h"
#include "hook.h"
#include "init.h"
#include "inroot.h"
#include "procfs.h"
#include "program.h"
#include "resources.h"
#include "seccomp.h"
#include "streams.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

int process_begin(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	sigset_t none;
	run->stage = "process";
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	umask(0);
	if (setsid() < 0 && errno != EPERM)
		return fail(run, "setsid", "the container's first process");
	if (config->session_keyring)
		/* So that the container does not possess our keys. Kernels without keys, and full quotas, are fine. */
		syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL);
	return 0;
}

/* Written through the host's procfs: the container's /proc could be anything. */
static int set_label(struct container *container, const char *file, const char *label)
{
	char path[48];
	snprintf(path, sizeof path, "%d/attr/%s", procfs_self(container->host_proc), file);
	return procfs_write(container->host_proc, path, label, strlen(label));
}

static int set_labels(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	char label[4096];
	if (config->apparmor) {
		if (snprintf(label, sizeof label, "exec %s", config->apparmor) >= (int)sizeof label)
			return fail_config(run, "record apparmor: name too long");
		if (set_label(container, "apparmor/exec", label) < 0 && set_label(container, "exec", label) < 0)
			return errno == ENOENT || errno == EINVAL
				       ? fail(run, "write", "/proc/self/attr/exec (AppArmor profile %s: not loaded?)",
						 config->apparmor)
				       : fail(run, "write", "/proc/self/attr/exec (AppArmor profile %s)",
						 config->apparmor);
	}
	if (config->selinux && set_label(container, "exec", config->selinux) < 0)
		return fail(run, "write", "/proc/self/attr/exec (SELinux label %s)", config->selinux);
	return 0;
}

static int setgroups_checked(struct run *run, const struct config *config)
{
	if (syscall(SYS_setgroups, config->group_count, config->groups) == 0)
		return 0;
	/* In a user namespace with setgroups=deny there are no groups to set, and none to lose that could be lost. */
	if (errno == EPERM && config->group_count == 0)
		return 0;
	return fail(run, "setgroups", "%zu groups", config->group_count);
}

/* Switches to the container's user and capabilities. */
static int switch_user(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	int failed;
	if (config->caps.wanted && (failed = caps_drop_bounding(run, &config->caps)) != 0)
		return failed;
	if (config->has_user) {
		/* Kept over the change of ids, so that the wanted sets can be set behind it. */
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
			return fail(run, "prctl", "PR_SET_KEEPCAPS");
		if ((failed = setgroups_checked(run, config)) != 0)
			return failed;
		if (syscall(SYS_setresgid, config->gid, config->gid, config->gid) < 0)
			return fail(run, "setresgid", "%u", config->gid);
		if (syscall(SYS_setresuid, config->uid, config->uid, config->uid) < 0)
			return fail(run, "setresuid", "%u", config->uid);
		prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
		/* Changing ids made us dumpable according to fs.suid_dumpable; not before execve. */
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
	return config->caps.wanted ? caps_set(run, &config->caps) : 0;
}

/* A working folder outside the container shows as "(unreachable)": through a leaked descriptor (CVE-2024-21626). */
static int check_cwd(struct run *run, const char *cwd)
{
	char path[PATH_MAX + 32];
	long size = syscall(SYS_getcwd, path, sizeof path);
	if (size < 0)
		return errno == ENOENT ? fail(run, "getcwd", "%s (the working folder was removed)", cwd)
				       : fail(run, "getcwd", "%s", cwd);
	if (path[0] != '/')
		return fail_config(run, "the working folder %s lies outside the container", cwd);
	return 0;
}

static int enter_cwd(struct container *container, bool after_user)
{
	struct run *run = container->run;
	const char *cwd = container->config.cwd;
	if (!cwd)
		return 0;
	if (chdir(cwd) < 0) {
		/* Perhaps only the container's user may enter it (NFS with root squashed), or only its groups. */
		if (errno == EACCES && !after_user)
			return -1;
		return fail(run, "chdir", "%s", cwd);
	}
	return check_cwd(run, cwd);
}

/* Really closed, not only marked: a path of the container may name /proc/self/fd/N during execve (CVE-2024-21626). The
   two sockets that stay are moved down; they cannot be opened by name. */
static int close_rest(struct container *container)
{
	struct run *run = container->run;
	int first = 3 + (int)container->config.preserve_fds;
	int sync = fcntl(container->sync[1], F_DUPFD_CLOEXEC, first + 2);
	int report = run->report_fd < 0 ? -1 : fcntl(run->report_fd, F_DUPFD_CLOEXEC, first + 2);
	if (sync < 0 || (run->report_fd >= 0 && report < 0))
		return fail(run, "fcntl", "F_DUPFD_CLOEXEC");
	dup3(sync, first, O_CLOEXEC);
	container->sync[1] = first;
	if (report >= 0) {
		dup3(report, first + 1, O_CLOEXEC);
		run->report_fd = first + 1;
		first++;
	}
	close_from(first + 1);
	return 0;
}

static int wait_for_start(struct container *container)
{
	char byte;
	ssize_t n;
	/* We hold the fifo for writing too, so there is no end of file; whoever starts us writes one byte. */
	do
		n = read(container->start_fifo, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(container->run, "read", "the start fifo");
	close(take_fd(&container->start_fifo));
	return 0;
}

/* `create` ends here for its caller: nothing of his stays open in the waiting process but the fifos. Errors from now on
   go to whoever starts it, when he wants to hear them, else to the container's stderr. */
static int let_go(struct container *container)
{
	int first = 3 + (int)container->config.preserve_fds;
	int fifo = fcntl(container->start_fifo, F_DUPFD_CLOEXEC, first + 2);
	int report = container->start_report < 0 ? -1 : fcntl(container->start_report, F_DUPFD_CLOEXEC, first + 2);
	if (fifo < 0 || (container->start_report >= 0 && report < 0))
		return fail(container->run, "fcntl", "the start fifo");
	dup3(fifo, first, O_CLOEXEC);
	container->start_fifo = first++;
	if (report >= 0) {
		dup3(report, first, O_CLOEXEC);
		report = first++;
	}
	container->start_report = container->run->report_fd = report;
	container->sync[1] = -1;
	close_from(first);
	return 0;
}

int process_start(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	bool creates = container->start_fifo >= 0; /* else we are started at once */
	pid_t host_pid = config->hook_count ? procfs_self(container->host_proc) : 0;
	char path[PATH_MAX];
	int failed;

	run->stage = "process";
	if ((failed = streams_take(container)) != 0 || (failed = resources_schedule(container)) != 0 ||
		(failed = set_labels(container)) != 0)
		return failed;
	/* With a user namespace the parent did it, which may be allowed more. */
	if (!(config->ns[NS_USER].wanted && !config->ns[NS_USER].path) &&
		(failed = resources_limits(container, 0)) != 0)
		return failed;
	close(take_fd(&container->host_proc));
	if (config->cwd_create && config->cwd) {
		cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		cleanup_close int folder = open_in_root(root, config->cwd, CREATE_FOLDER);
		if (folder < 0)
			return fail(run, "mkdir", "%s (working folder)", config->cwd);
	}
	umask(config->has_umask ? config->umask : 022);
	if (!creates && (failed = close_rest(container)) != 0)
		return failed;

	/* startContainer hooks run after the start was asked for; a filter of theirs to pass would be the container's.
	 */
	if (creates) {
		/* Errors before this point still reach the caller; found now, so that `create` can say it. Whom root
		   may not execute, nobody may; in a user namespace root proves nothing, and the user may be another
		   one. */
		int wrong = program_find(config, path);
		if (wrong && (wrong != EACCES || (geteuid() == 0 && !config->ns[NS_USER].wanted)))
			return program_failed(container, "execve", config->args.items[0], wrong);
		if (sync_send(container->sync[1], SYNC_READY, -1) < 0)
			return EXIT_SYSCALL;
		if ((failed = let_go(container)) != 0 || (failed = wait_for_start(container)) != 0)
			return failed;
	} else {
		sync_send(container->sync[1], SYNC_READY, -1);
	}
	if ((failed = hooks_run(container, HOOK_START_CONTAINER, host_pid)) != 0)
		return failed;
	run->stage = "process";

	bool late_cwd = (failed = enter_cwd(container, false)) == -1;
	if (failed && !late_cwd)
		return failed;
	/* Without no_new_privs loading a filter needs CAP_SYS_ADMIN: now or never. With it, as late as possible. */
	if (config->seccomp.size && !config->no_new_privileges &&
		(failed = seccomp_load(run, config->seccomp_flags, config->seccomp)) != 0)
		return failed;
	run->stage = "process";
	if ((failed = switch_user(container)) != 0)
		return failed;
	if (late_cwd && (failed = enter_cwd(container, true)) != 0)
		return failed;
	if (config->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(run, "prctl", "PR_SET_NO_NEW_PRIVS");
	int wrong = program_find(config, path);
	if (wrong)
		return program_failed(container, "execve", config->args.items[0], wrong);
	/* The change of ids has cleared it. */
	if (!container_outlives_us(container) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fail(run, "prctl", "PR_SET_PDEATHSIG");
	if (config->init)
		return init_start(container, path);
	if (config->seccomp.size && config->no_new_privileges &&
		(failed = seccomp_load(run, config->seccomp_flags, config->seccomp)) != 0)
		return failed;
	return program_execute(container, path, program_environment(config));
}
