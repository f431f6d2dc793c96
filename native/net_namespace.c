/* Network namespaces: made and kept by a bind mount, or found by a path or a process. */
#include "net.h"

#include "cleanup.h"
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#define MAGIC_NS_GET_NSTYPE 0xb703

struct net_space *net_space_of(struct net *net, const char *name)
{
	for (size_t i = 0; i < net->count; i++)
		if (strcmp(net->spaces[i].name, name) == 0)
			return &net->spaces[i];
	fail_config(net->run, "no network namespace is called \"%.60s\" here", name);
	return NULL;
}

int net_enter(struct net *net, const struct net_space *space)
{
	return setns(space->fd, CLONE_NEWNET) < 0 ? fail(net->run, "setns", "network namespace %s", space->name) : 0;
}

/* Takes over `fd`. */
static int add_space(struct net *net, const char *name, int *fd)
{
	for (size_t i = 0; i < net->count; i++)
		if (strcmp(net->spaces[i].name, name) == 0)
			return fail_config(net->run, "two network namespaces are called \"%.60s\"", name);
	if (net->count == NET_SPACES_MAX)
		return fail_config(net->run, "more than %d network namespaces in one batch", NET_SPACES_MAX);
	net->spaces[net->count++] = (struct net_space){ .name = name, .fd = take_fd(fd), .socket = -1 };
	return 0;
}

/* We are in the new one. Its file is there and nothing is mounted on it yet. */
static int keep_current(struct net *net, const char *name, const char *path)
{
	cleanup_close int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(net->run, "open", "/proc/self/ns/net");
	if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0)
		return fail(net->run, "mount", "network namespace on %s", path);
	int failed = add_space(net, name, &fd);
	if (failed)
		umount2(path, MNT_DETACH);
	return failed;
}

int net_pin(struct net *net, const struct record *record)
{
	const char *name = record->args[0].data, *path = record->args[1].data;
	cleanup_close int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (file < 0)
		return fail(net->run, "open", "%s", path);
	int failed =
		unshare(CLONE_NEWNET) < 0 ? fail(net->run, "unshare", "CLONE_NEWNET") : keep_current(net, name, path);
	if (failed)
		unlink(path);
	int back = net_enter(net, net->here);
	return failed ? failed : back;
}

int net_unpin(struct net *net, const struct record *record)
{
	const char *path = record->args[0].data;
	/* EINVAL: nothing is mounted there, perhaps since a reboot. */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return fail(net->run, "umount2", "%s", path);
	return unlink(path) < 0 && errno != ENOENT ? fail(net->run, "unlink", "%s", path) : 0;
}

int net_at(struct net *net, const struct record *record)
{
	const char *path = record->args[1].data;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(net->run, "open", "%s", path);
	if (ioctl(fd, MAGIC_NS_GET_NSTYPE) != CLONE_NEWNET)
		return fail_config(net->run, "%s is not a network namespace", path);
	return add_space(net, record->args[0].data, &fd);
}

int net_of(struct net *net, const struct record *record)
{
	uint64_t pid, wanted, start_time;
	cleanup_close int proc = -1;
	char path[32];
	int failed = record_number(net->run, record, 1, INT32_MAX, &pid);
	if (failed || (failed = record_u64(net->run, record, 2, &wanted)) != 0 ||
		(failed = procfs_open(net->run, &proc)) != 0)
		return failed;
	snprintf(path, sizeof path, "%d/ns/net", (int)pid);
	/* The namespace first: when the process is still the one that was meant afterwards, it was so here. */
	cleanup_close int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || procfs_start_time(proc, (pid_t)pid, &start_time) < 0)
		return fail(net->run, "open", "/proc/%s", path);
	if (start_time != wanted)
		return errno = ESRCH, fail(net->run, "open", "/proc/%s (another process has this number now)", path);
	return add_space(net, record->args[0].data, &fd);
}

int net_in(struct net *net, const struct record *record)
{
	struct net_space *space = net_space_of(net, record->args[0].data);
	if (!space)
		return EXIT_CONFIG;
	int failed = net_enter(net, space);
	if (!failed)
		net->here = space;
	return failed;
}

int net_sysctl(struct net *net, const struct record *record)
{
	const char *name = record->args[0].data;
	const struct arg *value = &record->args[1];
	cleanup_close int proc = -1;
	char path[160];
	/* Only these belong to the namespace; any other would be the machine's. */
	if (strncmp(name, "net/", 4) != 0 || snprintf(path, sizeof path, "sys/%s", name) >= (int)sizeof path)
		return fail_config(net->run, "record sysctl: expected a name below net/, got \"%.60s\"", name);
	int failed = procfs_open(net->run, &proc);
	if (failed)
		return failed;
	return procfs_write(proc, path, value->data, value->size) < 0 ? fail(net->run, "write", "/proc/%s", path) : 0;
}
