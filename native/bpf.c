#include "bpf.h"

#include "cleanup.h"
#include "config.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

static int sys_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int load(struct run *run, struct arg program)
{
	static char log[16384];
	static const char licence[] = "Apache-2.0";
	union bpf_attr attr = { 0 };
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)program.data;
	attr.insn_cnt = program.size / 8;
	attr.license = (uint64_t)(uintptr_t)licence;
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;
	if (errno == EPERM) {
		/* Before 5.11 programs count against RLIMIT_MEMLOCK. */
		setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
		if (fd >= 0)
			return fd;
	}
	int number = errno;
	if (number == ENOSYS)
		return -EXIT_LACKS;
	/* Once more, to let the verifier say what it dislikes. */
	attr.log_buf = (uint64_t)(uintptr_t)log;
	attr.log_size = sizeof log;
	attr.log_level = 1;
	sys_bpf(BPF_PROG_LOAD, &attr);
	size_t size = strnlen(log, sizeof log);
	errno = number;
	return -fail(run, "bpf", "BPF_PROG_LOAD (%u instructions): %s", program.size / 8,
		size > 300 ? log + size - 300 : log);
}

int bpf_attach_devices(struct run *run, const char *folder, struct arg program)
{
	enum { MOST = 64 };
	uint32_t old[MOST];
	cleanup_close int target = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return fail(run, "open", "%s", folder);

	union bpf_attr query = { 0 };
	query.query.target_fd = (uint32_t)target;
	query.query.attach_type = BPF_CGROUP_DEVICE;
	query.query.prog_ids = (uint64_t)(uintptr_t)old;
	query.query.prog_cnt = MOST;
	uint32_t old_count = sys_bpf(BPF_PROG_QUERY, &query) == 0 ? query.query.prog_cnt : 0;

	cleanup_close int fd = load(run, program);
	if (fd == -EXIT_LACKS)
		return fail_lacks(run, "eBPF device programs for control groups");
	if (fd < 0)
		return -fd;
	/* Every attached program must allow an access: the new one first, then the old ones go, so that there is never
	   a moment without any. */
	union bpf_attr attach = { 0 };
	attach.target_fd = (uint32_t)target;
	attach.attach_bpf_fd = (uint32_t)fd;
	attach.attach_type = BPF_CGROUP_DEVICE;
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attach) < 0)
		return errno == EINVAL ? fail_lacks(run, "eBPF device programs for control groups")
				       : fail(run, "bpf", "BPF_PROG_ATTACH %s", folder);
	for (uint32_t i = 0; i < old_count; i++) {
		union bpf_attr open_old = { 0 };
		open_old.prog_id = old[i];
		cleanup_close int old_fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &open_old);
		union bpf_attr detach = { 0 };
		detach.target_fd = (uint32_t)target;
		detach.attach_bpf_fd = (uint32_t)old_fd;
		detach.attach_type = BPF_CGROUP_DEVICE;
		if (old_fd < 0 || sys_bpf(BPF_PROG_DETACH, &detach) < 0)
			return fail(run, "bpf", "BPF_PROG_DETACH %s", folder);
	}
	return 0;
}

int mode_bpf(struct run *run)
{
	struct config config;
	int failed = config_read(run, &config);
	run->stage = "cgroup";
	for (size_t i = 0; !failed && i < config.cgroup_device_count; i++)
		failed = bpf_attach_devices(run, config.cgroup_devices[i].folder, config.cgroup_devices[i].program);
	config_free(&config);
	return failed;
}
