/* Network namespaces that are kept by a bind mount of theirs on a file, as ip-netns(8) keeps them. */
#include "net.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int go_home(struct net *net)
{
	return setns(net->home, CLONE_NEWNET) < 0 ? fail(net->run, "setns", "our own network namespace") : 0;
}

int net_space_make(struct net *net, const struct record *record)
{
	struct run *run = net->run;
	const char *path = net_text(record, 0);
	int failed = 0;
	cleanup_close int place = open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (place < 0)
		return fail(run, "open", "%s (a new network namespace)", path);
	if (unshare(CLONE_NEWNET) < 0) {
		failed = fail(run, "unshare", "a new network namespace");
	} else {
		if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0)
			failed = fail(run, "mount", "the network namespace on %s", path);
		int lost = go_home(net);
		failed = failed ? failed : lost;
	}
	if (failed)
		unlink(path);
	return failed;
}

int net_space_remove(struct net *net, const struct record *record)
{
	const char *path = net_text(record, 0);
	/* EINVAL: a file without its mount is what a crash or the next boot leaves. */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return fail(net->run, "umount2", "%s", path);
	return unlink(path) < 0 && errno != ENOENT ? fail(net->run, "unlink", "%s", path) : 0;
}

int net_space_enter(struct net *net, const struct record *record)
{
	const char *path = net_text(record, 0);
	if (!*path)
		return go_home(net);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(net->run, "open", "%s", path);
	return setns(fd, CLONE_NEWNET) < 0 ? fail(net->run, "setns", "%s", path) : 0;
}

/* Below /proc/sys/net is the namespace of whoever opens it. */
int net_space_sysctl(struct net *net, const struct record *record)
{
	const char *name = net_text(record, 0), *value = net_text(record, 1);
	char path[256];
	if (strncmp(name, "net/", 4) != 0 || strstr(name, ".."))
		return fail_config(net->run, "sysctl %s: expected a name below net/", name);
	if (snprintf(path, sizeof path, "/proc/sys/%s", name) >= (int)sizeof path)
		return fail_config(net->run, "sysctl: name too long");
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return fail(net->run, fd < 0 ? "open" : "write", "%s", path);
	return 0;
}
