/* Mode probe: tries what the kernel and our rights allow, and leaves nothing behind. */
#include "syscalls.h"

#include "cleanup.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* Runs `attempt` in a child, so that its namespaces and mounts end with it. 0, or the errno of what failed. */
static int try(int (*attempt)(void))
{
	int status;
	pid_t pid = fork();
	if (pid < 0)
		return errno;
	if (pid == 0) {
		errno = 0;
		_exit(attempt() == 0 ? 0 : errno ? errno & 127 : 127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static int write_file(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/* Really mounting something is the proof: AppArmor lets unshare succeed and refuses everything behind it. */
static int user_namespace(void)
{
	char map[48];
	unsigned uid = getuid(), gid = getgid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || write_file("/proc/self/setgroups", "deny") < 0)
		return -1;
	snprintf(map, sizeof map, "0 %u 1", uid);
	if (write_file("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof map, "0 %u 1", gid);
	if (write_file("/proc/self/gid_map", map) < 0)
		return -1;
	return mount("probe", "/proc", "tmpfs", 0, NULL);
}

static int mount_namespace(void)
{
	return unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ? -1 : 0;
}

static int network_namespace(void)
{
	return unshare(CLONE_NEWNET);
}

static int time_namespace(void)
{
	return unshare(CLONE_NEWTIME);
}

static int cgroup_namespace(void)
{
	return unshare(CLONE_NEWCGROUP);
}

static int make_layers(void)
{
	if (mount_namespace() < 0 || mount("probe", "/tmp", "tmpfs", 0, NULL) < 0 || chdir("/tmp") < 0)
		return -1;
	return mkdir("a", 0755) < 0 || mkdir("b", 0755) < 0 || mkdir("u", 0755) < 0 || mkdir("w", 0755) < 0 ||
			       mkdir("m", 0755) < 0
		       ? -1
		       : 0;
}

static int overlay(void)
{
	if (make_layers() < 0)
		return -1;
	return mount("overlay", "m", "overlay", 0, "lowerdir=a:b,upperdir=u,workdir=w");
}

static int overlay_by_layer(void)
{
	if (make_layers() < 0)
		return -1;
	int fs = sys_fsopen("overlay");
	if (fs < 0)
		return -1;
	/* Before 6.5 any word is taken here, and means nothing. */
	if (sys_fsconfig(fs, FSCONFIG_FLAG, "is-any-word-taken", NULL) == 0) {
		errno = EINVAL;
		return -1;
	}
	return sys_fsconfig(fs, FSCONFIG_STRING, "lowerdir+", "a");
}

static int overlay_in_user_namespace(void)
{
	if (user_namespace() < 0 || mount("probe", "/tmp", "tmpfs", 0, NULL) < 0 || chdir("/tmp") < 0)
		return -1;
	if (mkdir("a", 0755) < 0 || mkdir("u", 0755) < 0 || mkdir("w", 0755) < 0 || mkdir("m", 0755) < 0)
		return -1;
	return mount("overlay", "m", "overlay", 0, "lowerdir=a,upperdir=u,workdir=w,userxattr");
}

static int fd_mounts(void)
{
	if (mount_namespace() < 0)
		return -1;
	int tree = sys_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	return tree < 0 ? -1 : sys_mount_setattr(tree, 0, &attr);
}

static int id_mapped_mounts(void)
{
	if (mount_namespace() < 0 || mount("probe", "/tmp", "tmpfs", 0, NULL) < 0)
		return -1;
	int tree = sys_open_tree(AT_FDCWD, "/tmp", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	/* Our own user namespace is refused with EPERM where the call is known, after the file system was asked. */
	int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user };
	if (tree < 0 || user < 0)
		return -1;
	return sys_mount_setattr(tree, 0, &attr) < 0 && errno != EPERM ? -1 : 0;
}

static int openat2_in_root(void)
{
	int fd = sys_openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
	return fd < 0 ? -1 : 0;
}

static int seccomp_filters(void)
{
	uint32_t action = SECCOMP_RET_LOG;
	return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static int memory_file(void)
{
	return memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING) < 0 ? -1 : 0;
}

static int device_nodes(void)
{
	if (mount_namespace() < 0 || mount("probe", "/tmp", "tmpfs", 0, NULL) < 0)
		return -1;
	return mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3));
}

static int into_cgroup(void)
{
	/* E2BIG or EINVAL: the field is unknown; EBADF: the kernel looked at our bad descriptor. */
	struct kernel_clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = 1 << 20 };
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		_exit(0);
	return pid < 0 && errno != EBADF ? -1 : 0;
}

static const struct {
	const char *name;
	int (*attempt)(void);
} attempts[] = {
	{ "userNamespace", user_namespace },
	{ "mountNamespace", mount_namespace },
	{ "networkNamespace", network_namespace },
	{ "timeNamespace", time_namespace },
	{ "cgroupNamespace", cgroup_namespace },
	{ "overlay", overlay },
	{ "overlayByLayer", overlay_by_layer },
	{ "overlayInUserNamespace", overlay_in_user_namespace },
	{ "fdMounts", fd_mounts },
	{ "idMappedMounts", id_mapped_mounts },
	{ "openat2", openat2_in_root },
	{ "seccomp", seccomp_filters },
	{ "memfd", memory_file },
	{ "deviceNodes", device_nodes },
	{ "cloneIntoCgroup", into_cgroup },
};

static const char *cgroup_mode(void)
{
	struct statfs fs;
	if (statfs("/sys/fs/cgroup", &fs) < 0)
		return "none";
	if ((long)fs.f_type == MAGIC_CGROUP2)
		return "v2";
	if (statfs("/sys/fs/cgroup/unified", &fs) == 0 && (long)fs.f_type == MAGIC_CGROUP2)
		return "hybrid";
	return (long)fs.f_type == 0x01021994 /* tmpfs */ ? "v1" : "none";
}

static bool read_line(const char *path, char *text, size_t size)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static uint64_t capabilities(const char *field)
{
	char status[8192];
	cleanup_close int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
	if (n <= 0)
		return 0;
	status[n] = '\0';
	const char *at = strstr(status, field);
	return at ? strtoull(at + strlen(field), NULL, 16) : 0;
}

int mode_probe(struct run *run)
{
	struct json json;
	struct utsname names;
	char text[256];
	run->stage = "probe";
	json_begin(&json, "probe");
	if (uname(&names) == 0)
		json_text(&json, "kernel", names.release);
	json_number(&json, "uid", geteuid());
	json_text(&json, "cgroup", cgroup_mode());
	/* Masks do not fit into a JSON number that JavaScript reads exactly. */
	snprintf(text, sizeof text, "%llu", (unsigned long long)capabilities("CapEff:"));
	json_text(&json, "capEffective", text);
	snprintf(text, sizeof text, "%llu", (unsigned long long)capabilities("CapBnd:"));
	json_text(&json, "capBounding", text);
	if (read_line("/proc/sys/kernel/cap_last_cap", text, sizeof text))
		json_text(&json, "capLast", text);
	json_bool(&json, "apparmor",
		read_line("/sys/module/apparmor/parameters/enabled", text, sizeof text) && *text == 'Y');
	json_bool(&json, "apparmorRestrictsUserNamespaces",
		read_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", text, sizeof text) && *text == '1');
	json_bool(&json, "selinux", access("/sys/fs/selinux/enforce", F_OK) == 0);
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		/* The errno that stopped it, or 0: works. */
		json_number(&json, attempts[i].name, try(attempts[i].attempt));
	}
	json_send(run, &json);
	return 0;
}
