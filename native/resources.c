#include "syscalls.h"

#include "resources.h"

#include "procfs.h"

#include <stdio.h>
#include <sys/personality.h>

int resources_oom_score(struct container *container, int score)
{
	char path[48], text[16];
	snprintf(path, sizeof path, "%d/oom_score_adj", procfs_self(container->host_proc));
	int size = snprintf(text, sizeof text, "%d", score);
	return procfs_write(container->host_proc, path, text, (size_t)size);
}

int resources_limits(struct container *container, pid_t pid)
{
	struct config *config = &container->config;
	for (size_t i = 0; i < config->limit_count; i++)
		if (prlimit(pid, config->limits[i].resource, &config->limits[i].values, NULL) < 0)
			return fail(container->run, "prlimit", "resource %d soft %llu hard %llu",
				config->limits[i].resource, (unsigned long long)config->limits[i].values.rlim_cur,
				(unsigned long long)config->limits[i].values.rlim_max);
	return 0;
}

int resources_schedule(struct container *container)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	if (config->has_scheduler) {
		struct {
			uint32_t size, policy;
			uint64_t flags;
			int32_t nice;
			uint32_t priority;
			uint64_t runtime, deadline, period;
		} attr = { 48, config->scheduler.policy, config->scheduler.flags, config->scheduler.nice,
			config->scheduler.priority, config->scheduler.runtime, config->scheduler.deadline,
			config->scheduler.period };
		if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
			return fail(run, "sched_setattr", "policy %u", config->scheduler.policy);
	}
	if (config->has_ioprio && syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0,
					  config->ioprio_class << 13 | config->ioprio_priority) < 0)
		return fail(run, "ioprio_set", "class %u priority %u", config->ioprio_class, config->ioprio_priority);
	if (config->has_personality && personality(config->personality) < 0)
		return fail(run, "personality", "%u", config->personality);
	return 0;
}
