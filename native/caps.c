#include "caps.h"

#include "run.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> (32 * i));
		data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	return (int)syscall(SYS_capset, &header, data);
}

int caps_drop_bounding(struct run *run, const struct caps *caps)
{
	for (int cap = 0; cap < 64; cap++) {
		if (caps->bounding >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break; /* above the kernel's last capability */
		/* Without CAP_SETPCAP there is nothing to lose only if it is already gone. */
		if (errno == EPERM && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			continue;
		return fail(run, "prctl", "PR_CAPBSET_DROP %d", cap);
	}
	return 0;
}

int caps_set(struct run *run, const struct caps *caps)
{
	/* The ambient set only keeps what is permitted and inheritable; dropped first, so that nothing old survives. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return fail(run, "prctl", "PR_CAP_AMBIENT_CLEAR_ALL");
	if (set(caps->effective, caps->permitted, caps->inheritable) < 0)
		return fail(run, "capset", "effective %llx permitted %llx inheritable %llx",
			(unsigned long long)caps->effective, (unsigned long long)caps->permitted,
			(unsigned long long)caps->inheritable);
	for (int cap = 0; cap < 64; cap++)
		if (caps->ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return fail(run, "prctl", "PR_CAP_AMBIENT_RAISE %d", cap);
	return 0;
}

void caps_clear(void)
{
	set(0, 0, 0);
}
