#include "seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

int seccomp_load(struct run *run, uint32_t flags, struct arg program)
{
	struct sock_fprog filter = { .len = (unsigned short)(program.size / sizeof(struct sock_filter)) };
	/* Instructions want alignment, records have none. */
	cleanup_free struct sock_filter *instructions = malloc(program.size);
	run->stage = "seccomp";
	if (!instructions)
		return fail_config(run, "not enough memory for the seccomp program");
	memcpy(instructions, program.data, program.size);
	filter.filter = instructions;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0)
		return 0;
	if (errno == ENOSYS)
		return fail_lacks(run, "seccomp filters (CONFIG_SECCOMP_FILTER)");
	return fail(run, "seccomp", "SECCOMP_SET_MODE_FILTER (%u instructions, flags %u)", filter.len, flags);
}
