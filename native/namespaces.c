#include "namespaces.h"

#include "cleanup.h"
#include "procfs.h"
#include "sync.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

int namespaces_open(struct container *container)
{
	struct run *run = container->run;
	run->stage = "namespaces";
	for (int kind = 0; kind < NS_KINDS; kind++) {
		struct ns *ns = &container->config.ns[kind];
		if (!ns->path)
			continue;
		ns->fd = open(ns->path, O_RDONLY | O_CLOEXEC);
		if (ns->fd < 0)
			return fail(run, "open", "%s", ns->path);
		int type = ioctl(ns->fd, 0xb703 /* NS_GET_NSTYPE */);
		if (type != ns_flag((enum ns_kind)kind))
			return fail_config(run, "%s is not a %s namespace", ns->path, ns_name((enum ns_kind)kind));
	}
	return 0;
}

static int write_time_offsets(struct container *container)
{
	static const char *const clocks[] = { "monotonic", "boottime" };
	struct run *run = container->run;
	for (int i = 0; i < 2; i++) {
		if (!container->config.time_offset[i].wanted)
			continue;
		char path[48], line[96];
		snprintf(path, sizeof path, "%d/timens_offsets", procfs_self(container->host_proc));
		int size = snprintf(line, sizeof line, "%s %lld %u\n", clocks[i],
			(long long)container->config.time_offset[i].seconds,
			container->config.time_offset[i].nanoseconds);
		if (procfs_write(container->host_proc, path, line, (size_t)size) < 0)
			return fail(run, "write", "/proc/self/timens_offsets (%s)", clocks[i]);
	}
	return 0;
}

int namespaces_before_clone(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "namespaces";
	/* Only children of the caller enter a new time namespace, so the offsets can be written before the first does.
	 */
	if (config->ns[NS_TIME].wanted && !config->ns[NS_TIME].path) {
		if (unshare(CLONE_NEWTIME) < 0)
			return errno == EINVAL ? fail_lacks(run, "time namespaces")
					       : fail(run, "unshare", "CLONE_NEWTIME");
		int failed = write_time_offsets(container);
		if (failed)
			return failed;
	}
	if (config->ns[NS_PID].path && !config->ns[NS_USER].path && setns(config->ns[NS_PID].fd, CLONE_NEWPID) < 0)
		return fail(run, "setns", "%s", config->ns[NS_PID].path);
	return 0;
}

int namespaces_make(struct container *container)
{
	struct run *run = container->run;
	/* Made elsewhere: by the clone (pid, user), before it (time), behind the control group (cgroup). */
	int elsewhere = ns_flag(NS_PID) | ns_flag(NS_USER) | ns_flag(NS_TIME) | ns_flag(NS_CGROUP);
	/* Message queues belong to whoever makes their namespace: in a new user namespace its root, not yet us. */
	if (container->config.ns[NS_USER].wanted)
		elsewhere |= ns_flag(NS_IPC);
	int flags = (int)(ns_new_flags(&container->config) & ~(uint64_t)elsewhere);
	run->stage = "namespaces";
	if (flags && unshare(flags) < 0) {
		if (errno == EINVAL)
			return fail_lacks(run, "one of the namespaces asked for (unshare flags %x)", flags);
		if (errno == ENOSPC || errno == EUSERS)
			return fail(run, "unshare", "too many namespaces (/proc/sys/user/max_*_namespaces)");
		return fail(run, "unshare", "flags %x", flags);
	}
	if (container->config.pause_hooks && sync_send(container->sync[1], SYNC_MADE, -1) < 0)
		return EXIT_SYSCALL;
	return 0;
}

int namespaces_join(struct container *container)
{
	/* Those that belong to our own user namespace first; those of the joined one after it; mount last, because the
	   paths of the host are gone behind it. */
	static const enum ns_kind order[] = { NS_CGROUP, NS_IPC, NS_UTS, NS_NETWORK, NS_TIME };
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "namespaces";
	bool joined[NS_KINDS] = { false };
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
			struct ns *ns = &config->ns[order[i]];
			if (!ns->path || joined[order[i]])
				continue;
			if (setns(ns->fd, ns_flag(order[i])) == 0)
				joined[order[i]] = true;
			else if (pass == 1 || errno != EPERM)
				return fail(run, "setns", "%s", ns->path);
		}
	}
	if (config->ns[NS_MOUNT].path && setns(config->ns[NS_MOUNT].fd, CLONE_NEWNS) < 0)
		return fail(run, "setns", "%s", config->ns[NS_MOUNT].path);
	return 0;
}

int namespaces_unshare_ipc(struct container *container)
{
	struct config *config = &container->config;
	struct ns *ns = &config->ns[NS_IPC];
	if (!container->overlaps || !config->ns[NS_USER].wanted || !ns->wanted || ns->path)
		return 0;
	container->run->stage = "namespaces";
	return unshare(CLONE_NEWIPC) < 0 ? fail(container->run, "unshare", "CLONE_NEWIPC") : 0;
}

int namespaces_unshare_cgroup(struct container *container)
{
	struct ns *ns = &container->config.ns[NS_CGROUP];
	if (ns->wanted && !ns->path && unshare(CLONE_NEWCGROUP) < 0) {
		container->run->stage = "namespaces";
		return errno == EINVAL ? fail_lacks(container->run, "cgroup namespaces")
				       : fail(container->run, "unshare", "CLONE_NEWCGROUP");
	}
	return 0;
}

static int loopback_up(struct run *run)
{
	struct ifreq request = { 0 };
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(run, "socket", "AF_INET");
	strcpy(request.ifr_name, "lo");
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail(run, "ioctl", "SIOCSIFFLAGS lo");
	return 0;
}

int namespaces_name(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "namespaces";
	if (config->hostname && sethostname(config->hostname, strlen(config->hostname)) < 0)
		return fail(run, "sethostname", "%s", config->hostname);
	if (config->domainname && setdomainname(config->domainname, strlen(config->domainname)) < 0)
		return fail(run, "setdomainname", "%s", config->domainname);
	return config->loopback ? loopback_up(run) : 0;
}

int namespaces_open_process(struct container *container)
{
	struct run *run = container->run;
	pid_t pid = container->config.join_pid;
	uint64_t start_time;
	run->stage = "join";
	/* The pidfd first: once the start time of its process is checked, the number can never mean another one. */
	container->join_pidfd = sys_pidfd_open(pid);
	if (container->join_pidfd < 0)
		return fail(run, "pidfd_open", "%d", pid);
	if (procfs_start_time(container->host_proc, pid, &start_time) < 0)
		return fail(run, "open", "/proc/%d/stat", pid);
	if (start_time != container->config.join_start_time)
		return errno = ESRCH, fail(run, "pidfd_open", "%d (another process has this number now)", pid);
	return 0;
}

int namespaces_open_joined(struct container *container)
{
	struct run *run = container->run;
	pid_t pid = container->config.join_pid;
	char path[48];
	int failed = namespaces_open_process(container);
	if (failed)
		return failed;
	for (int kind = 0; kind < NS_KINDS; kind++) {
		struct stat theirs, ours;
		snprintf(path, sizeof path, "%d/ns/%s", pid, ns_file((enum ns_kind)kind));
		if (fstatat(container->host_proc, path, &theirs, 0) < 0) {
			if (errno == ENOENT && kind == NS_TIME)
				continue;
			return fail(run, "stat", "/proc/%s", path);
		}
		snprintf(path, sizeof path, "self/ns/%s", ns_file((enum ns_kind)kind));
		if (fstatat(container->host_proc, path, &ours, 0) < 0)
			return fail(run, "stat", "/proc/%s", path);
		if (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
			container->join_flags |= ns_flag((enum ns_kind)kind);
	}
	snprintf(path, sizeof path, "%d/root", pid);
	container->join_root = openat(container->host_proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (container->join_root < 0)
		return fail(run, "open", "/proc/%d/root", pid);
	if (sys_pidfd_send_signal(container->join_pidfd, 0) < 0)
		return fail(run, "pidfd_send_signal", "%d", pid);
	/* For our children only: we ourselves stay outside. */
	if ((container->join_flags & CLONE_NEWPID) && setns(container->join_pidfd, CLONE_NEWPID) < 0)
		return fail(run, "setns", "pid namespace of %d", pid);
	return 0;
}

int namespaces_enter_user(struct container *container)
{
	struct run *run = container->run;
	run->stage = "join";
	if (setns(container->join_pidfd, CLONE_NEWUSER) < 0)
		return fail(run, "setns", "user namespace of %d", container->config.join_pid);
	/* A mount namespace that belongs to it, for our own mounts. */
	if (unshare(CLONE_NEWNS) < 0)
		return fail(run, "unshare", "CLONE_NEWNS");
	return 0;
}

int namespaces_enter_joined(struct container *container)
{
	struct run *run = container->run;
	run->stage = "join";
	int flags = container->join_flags & ~CLONE_NEWPID;
	/* One call enters all or none, the user namespace first. */
	if (flags && setns(container->join_pidfd, flags) < 0)
		return fail(run, "setns", "namespaces of %d", container->config.join_pid);
	if (fchdir(container->join_root) < 0)
		return fail(run, "fchdir", "/proc/%d/root", container->config.join_pid);
	if (chroot(".") < 0)
		return fail(run, "chroot", "/proc/%d/root", container->config.join_pid);
	close(take_fd(&container->join_root));
	close(take_fd(&container->join_pidfd));
	return 0;
}
