/* The program: who it is, what it may do, and its limits. */
#include "config_records.h"

#include <stdlib.h>

static int read_args(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, UINT32_MAX));
	if (config->args.count)
		return fail_config(run, "record args comes twice");
	return config_push_texts(run, &config->args, record, 0, record->argc);
}

static int read_user(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2 + 65536));
	config->has_user = true;
	TRY(record_u32(run, record, 0, &config->uid));
	TRY(record_u32(run, record, 1, &config->gid));
	config->group_count = record->argc - 2;
	config->groups = calloc(config->group_count + 1, sizeof *config->groups);
	if (!config->groups)
		_Exit(EXIT_CONFIG);
	for (uint32_t i = 2; i < record->argc; i++)
		TRY(record_u32(run, record, i, &config->groups[i - 2]));
	return 0;
}

static int read_umask(struct run *run, const struct record *record, struct config *config)
{
	uint32_t mask;
	TRY(record_want(run, record, 1, 1));
	TRY(record_u32(run, record, 0, &mask));
	config->has_umask = true;
	config->umask = mask & 0777;
	return 0;
}

static int read_caps(struct run *run, const struct record *record, struct config *config)
{
	struct caps *caps = &config->caps;
	TRY(record_want(run, record, 5, 5));
	caps->wanted = true;
	TRY(record_u64(run, record, 0, &caps->bounding));
	TRY(record_u64(run, record, 1, &caps->effective));
	TRY(record_u64(run, record, 2, &caps->permitted));
	TRY(record_u64(run, record, 3, &caps->inheritable));
	return record_u64(run, record, 4, &caps->ambient);
}

static int read_rlimit(struct run *run, const struct record *record, struct config *config)
{
	uint64_t number, soft, hard;
	TRY(record_want(run, record, 3, 3));
	TRY(record_number(run, record, 0, 15, &number));
	TRY(record_u64(run, record, 1, &soft));
	TRY(record_u64(run, record, 2, &hard));
	struct limit *limit = config_push(&config->limits, &config->limit_count, sizeof *limit);
	limit->resource = (int)number;
	limit->values.rlim_cur = soft;
	limit->values.rlim_max = hard;
	return 0;
}

static int read_oom_score_adj(struct run *run, const struct record *record, struct config *config)
{
	int64_t number;
	TRY(record_want(run, record, 1, 1));
	TRY(record_signed(run, record, 0, -1000, 1000, &number));
	config->has_oom_score_adj = true;
	config->oom_score_adj = (int)number;
	return 0;
}

static int read_seccomp(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	TRY(record_u32(run, record, 0, &config->seccomp_flags));
	config->seccomp = record->args[1];
	if (config->seccomp.size == 0 || config->seccomp.size % 8 != 0 || config->seccomp.size / 8 > 4096)
		return fail_config(run, "record seccomp: expected 1 to 4096 instructions of 8 bytes, got %u bytes",
			config->seccomp.size);
	return 0;
}

static int read_personality(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	config->has_personality = true;
	return record_u32(run, record, 0, &config->personality);
}

static int read_scheduler(struct run *run, const struct record *record, struct config *config)
{
	int64_t nice;
	TRY(record_want(run, record, 7, 7));
	config->has_scheduler = true;
	TRY(record_u32(run, record, 0, &config->scheduler.policy));
	TRY(record_signed(run, record, 1, -20, 19, &nice));
	config->scheduler.nice = (int32_t)nice;
	TRY(record_u32(run, record, 2, &config->scheduler.priority));
	TRY(record_u64(run, record, 3, &config->scheduler.flags));
	TRY(record_u64(run, record, 4, &config->scheduler.runtime));
	TRY(record_u64(run, record, 5, &config->scheduler.deadline));
	return record_u64(run, record, 6, &config->scheduler.period);
}

static int read_ioprio(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	config->has_ioprio = true;
	TRY(record_u32(run, record, 0, &config->ioprio_class));
	return record_u32(run, record, 1, &config->ioprio_priority);
}

const struct config_reader process_records[] = {
	{ "rlimit", read_rlimit },
	{ "args", read_args },
	{ "user", read_user },
	{ "umask", read_umask },
	{ "caps", read_caps },
	{ "seccomp", read_seccomp },
	{ "oom-score-adj", read_oom_score_adj },
	{ "personality", read_personality },
	{ "scheduler", read_scheduler },
	{ "ioprio", read_ioprio },
	{ NULL, NULL },
};
