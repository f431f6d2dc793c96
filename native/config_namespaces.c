/* Namespaces, id maps and clocks. */
#include "config_records.h"

#include <string.h>

static const struct {
	const char *name;
	const char *file;
	int flag;
} ns_kinds[NS_KINDS] = {
	[NS_USER] = { "user", "user", 0x10000000 },
	[NS_CGROUP] = { "cgroup", "cgroup", 0x02000000 },
	[NS_IPC] = { "ipc", "ipc", 0x08000000 },
	[NS_UTS] = { "uts", "uts", 0x04000000 },
	[NS_NETWORK] = { "network", "net", 0x40000000 },
	[NS_PID] = { "pid", "pid", 0x20000000 },
	[NS_MOUNT] = { "mount", "mnt", 0x00020000 },
	[NS_TIME] = { "time", "time", 0x00000080 },
};

int ns_flag(enum ns_kind kind)
{
	return ns_kinds[kind].flag;
}

const char *ns_name(enum ns_kind kind)
{
	return ns_kinds[kind].name;
}

const char *ns_file(enum ns_kind kind)
{
	return ns_kinds[kind].file;
}

uint64_t ns_new_flags(const struct config *config)
{
	uint64_t flags = 0;
	for (int kind = 0; kind < NS_KINDS; kind++)
		if (config->ns[kind].wanted && !config->ns[kind].path)
			flags |= (uint64_t)ns_kinds[kind].flag;
	return flags;
}

static int read_ns(struct run *run, const struct record *record, struct config *config)
{
	const char *name;
	TRY(record_want(run, record, 1, 2));
	TRY(record_text(run, record, 0, &name));
	for (int kind = 0; kind < NS_KINDS; kind++) {
		if (strcmp(name, ns_kinds[kind].name) != 0)
			continue;
		if (config->ns[kind].wanted)
			return fail_config(run, "record ns: %s comes twice", name);
		config->ns[kind].wanted = true;
		return record->argc == 2 ? record_text(run, record, 1, &config->ns[kind].path) : 0;
	}
	return fail_config(run, "record ns: unknown kind \"%.40s\"", name);
}

static int read_range(struct run *run, const struct record *record, struct id_map *map)
{
	TRY(record_want(run, record, 3, 3));
	struct id_range *range = config_push(&map->ranges, &map->count, sizeof *range);
	TRY(record_u32(run, record, 0, &range->inner));
	TRY(record_u32(run, record, 1, &range->outer));
	return record_u32(run, record, 2, &range->size);
}

static int read_uid_map(struct run *run, const struct record *record, struct config *config)
{
	return read_range(run, record, &config->uids);
}

static int read_gid_map(struct run *run, const struct record *record, struct config *config)
{
	return read_range(run, record, &config->gids);
}

static int read_setgroups(struct run *run, const struct record *record, struct config *config)
{
	const char *text;
	TRY(record_want(run, record, 1, 1));
	TRY(record_text(run, record, 0, &text));
	if (strcmp(text, "deny") != 0)
		return fail_config(run, "record setgroups: expected deny, got \"%.40s\"", text);
	config->setgroups_deny = true;
	return 0;
}

static int read_time_offset(struct run *run, const struct record *record, struct config *config)
{
	const char *clock;
	TRY(record_want(run, record, 3, 3));
	TRY(record_text(run, record, 0, &clock));
	int index = strcmp(clock, "boottime") == 0;
	if (!index && strcmp(clock, "monotonic") != 0)
		return fail_config(run, "record time-offset: unknown clock \"%.40s\"", clock);
	config->time_offset[index].wanted = true;
	TRY(record_signed(run, record, 1, INT64_MIN + 1, INT64_MAX, &config->time_offset[index].seconds));
	return record_u32(run, record, 2, &config->time_offset[index].nanoseconds);
}

static int read_join_pid(struct run *run, const struct record *record, struct config *config)
{
	uint64_t pid;
	TRY(record_want(run, record, 2, 2));
	TRY(record_number(run, record, 0, INT32_MAX, &pid));
	config->join_pid = (pid_t)pid;
	return record_u64(run, record, 1, &config->join_start_time);
}

const struct config_reader namespace_records[] = {
	{ "ns", read_ns },
	{ "uid-map", read_uid_map },
	{ "gid-map", read_gid_map },
	{ "setgroups", read_setgroups },
	{ "time-offset", read_time_offset },
	{ "join-pid", read_join_pid },
	{ NULL, NULL },
};
