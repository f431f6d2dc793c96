#include "syscalls.h"

#include "pty.h"

#include "cleanup.h"
#include "inroot.h"
#include "mount.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

/* The container's multiplexer when it has a devpts of its own, else the host's. Never a look-alike: it has to lie on a
   devpts and be the device 5:2 (CVE-2025-52565). */
static int open_multiplexer(struct run *run, int root)
{
	struct statfs fs;
	struct stat st;
	cleanup_close int place = open_in_root(root, "dev/pts/ptmx", CREATE_NOTHING);
	if (place >= 0 && fstatfs(place, &fs) == 0 && fs.f_type == MAGIC_DEVPTS && fstat(place, &st) == 0 &&
		S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2)) {
		int fd = sys_openat2(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0,
			RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
		if (fd < 0 && errno == ENOSYS)
			fd = open(fd_path(place).text, O_RDWR | O_NOCTTY | O_CLOEXEC);
		struct stat again;
		if (fd >= 0 && fstat(fd, &again) == 0 && again.st_dev == st.st_dev && again.st_ino == st.st_ino)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fail(run, "open", "/dev/ptmx");
	return fd;
}

int pty_make(struct container *container, int root)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	run->stage = "terminal";
	cleanup_close int master = open_multiplexer(run, root);
	if (master < 0)
		return EXIT_SYSCALL;
	int unlock = 0;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return fail(run, "ioctl", "TIOCSPTLCK");
	/* By descriptor, never by the name /dev/pts/N, which the container could have put there. */
	container->pty_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (container->pty_slave < 0)
		return fail(run, "ioctl", "TIOCGPTPEER");
	if (config->has_user && fchown(container->pty_slave, config->uid, (gid_t)-1) < 0 && errno != EINVAL &&
		errno != EPERM && errno != EROFS)
		return fail(run, "fchown", "the terminal");
	if (config->has_console_size)
		pty_resize(master, config->rows, config->columns);
	if (sync_send(container->sync[1], SYNC_PTY, master) < 0)
		return fail(run, "sendmsg", "the terminal");
	return 0;
}

int pty_take(struct container *container)
{
	if (ioctl(container->pty_slave, TIOCSCTTY, 0) < 0)
		return fail(container->run, "ioctl", "TIOCSCTTY");
	return 0;
}

int pty_bind_console(struct container *container)
{
	struct run *run = container->run;
	cleanup_close int target = open_in_root(container->root, "dev/console", CREATE_FILE);
	if (target < 0)
		return fail(run, "openat2", "/dev/console");
	if (mount_bind_fd(container->pty_slave, target, false) < 0)
		return fail(run, "move_mount", "/dev/console");
	return 0;
}

int pty_connect(struct run *run, const char *path, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	run->stage = "terminal";
	if (strlen(path) >= sizeof address.sun_path)
		return errno = ENAMETOOLONG, fail(run, "connect", "%s", path);
	strcpy(address.sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail(run, "socket", "AF_UNIX");
	return connect(*fd, (struct sockaddr *)&address, sizeof address) < 0 ? fail(run, "connect", "%s", path) : 0;
}

void pty_resize(int master, unsigned rows, unsigned columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	ioctl(master, TIOCSWINSZ, &size);
}
