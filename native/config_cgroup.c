/* Control groups: what is written, attached, and read at the end. */
#include "config_records.h"

#include <string.h>

static int read_cgroup_write(struct run *run, const struct record *record, struct config *config)
{
	const char *word = NULL;
	TRY(record_want(run, record, 2, 3));
	struct cgroup_write *write = config_push(&config->cgroup_writes, &config->cgroup_write_count, sizeof *write);
	TRY(record_text(run, record, 0, &write->path));
	write->value = record->args[1];
	if (record->argc == 3) {
		TRY(record_text(run, record, 2, &word));
		if (strcmp(word, "optional") != 0)
			return fail_config(run, "record cgroup-write: expected optional, got \"%.40s\"", word);
		write->optional = true;
	}
	return 0;
}

static int read_cgroup_devices(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	struct cgroup_devices *devices =
		config_push(&config->cgroup_devices, &config->cgroup_device_count, sizeof *devices);
	TRY(record_text(run, record, 0, &devices->folder));
	devices->program = record->args[1];
	if (devices->program.size == 0 || devices->program.size % 8 != 0)
		return fail_config(run, "record cgroup-devices: expected instructions of 8 bytes, got %u bytes",
			devices->program.size);
	return 0;
}

static int read_cgroup_stats(struct run *run, const struct record *record, struct config *config)
{
	static const char *const kinds[] = { [STAT_MEMORY_PEAK] = "memory-peak",
		[STAT_CPU_USEC] = "cpu-usec",
		[STAT_CPU_NSEC] = "cpu-nsec",
		[STAT_OOM_V1] = "oom-v1",
		[STAT_OOM_V2] = "oom-v2" };
	const char *name;
	TRY(record_want(run, record, 2, 2));
	TRY(record_text(run, record, 0, &name));
	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		if (strcmp(kinds[kind], name) != 0)
			continue;
		struct cgroup_stat *stat = config_push(&config->cgroup_stats, &config->cgroup_stat_count, sizeof *stat);
		stat->kind = (enum cgroup_stat_kind)kind;
		return record_text(run, record, 1, &stat->path);
	}
	return fail_config(run, "record cgroup-stats: unknown kind \"%.40s\"", name);
}

const struct config_reader cgroup_records[] = {
	{ "cgroup-write", read_cgroup_write },
	{ "cgroup-devices", read_cgroup_devices },
	{ "cgroup-stats", read_cgroup_stats },
	{ NULL, NULL },
};
