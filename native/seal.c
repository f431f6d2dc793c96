#include "seal.h"

#include "cleanup.h"
#include "run.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

extern char **environ;

static int make_memfd(void)
{
	/* MFD_EXEC is needed where vm.memfd_noexec=1, and unknown (EINVAL) before 6.3. */
	int fd = memfd_create("containerize-helper", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("containerize-helper", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

int seal_self(struct run *run, char **argv)
{
	run->stage = "seal";
	/* Nobody may ptrace us or open our descriptors while we go into a container (CVE-2016-9962). */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(run, "prctl", "PR_SET_DUMPABLE");

	cleanup_close int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return fail(run, "open", "/proc/self/exe");
	int seals = fcntl(self, F_GET_SEALS);
	if (seals >= 0 && (seals & SEALS) == SEALS)
		return 0;

	struct stat st;
	if (fstat(self, &st) < 0)
		return fail(run, "fstat", "/proc/self/exe");
	cleanup_close int copy = make_memfd();
	if (copy < 0)
		return fail(run, "memfd_create", "containerize-helper");
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = sendfile(copy, self, &done, (size_t)(st.st_size - done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(run, "sendfile", "/proc/self/exe");
	}
	if (fchmod(copy, 0755) < 0)
		return fail(run, "fchmod", "memfd");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return fail(run, "fcntl", "F_ADD_SEALS");
	syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return fail(run, "execveat", "memfd");
}
