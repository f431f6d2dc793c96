#include "config.h"

#include "config_records.h"

#include <stdlib.h>

/* Records that only store one text, one text of many, or a flag. */
struct plain {
	const char *name;
	size_t offset;
};

static const struct plain plain_texts[] = {
	{ "rootfs", offsetof(struct config, rootfs) },
	{ "hostname", offsetof(struct config, hostname) },
	{ "domainname", offsetof(struct config, domainname) },
	{ "cwd", offsetof(struct config, cwd) },
	{ "apparmor", offsetof(struct config, apparmor) },
	{ "selinux", offsetof(struct config, selinux) },
	{ "start-fifo", offsetof(struct config, start_fifo) },
	{ "start-report", offsetof(struct config, start_report) },
	{ "log-file", offsetof(struct config, log_file) },
	{ "exit-file", offsetof(struct config, exit_file) },
	{ "attach-socket", offsetof(struct config, attach_socket) },
	{ "newuidmap", offsetof(struct config, uids.program) },
	{ "newgidmap", offsetof(struct config, gids.program) },
};

static const struct plain plain_lists[] = {
	{ "env", offsetof(struct config, env) },
	{ "mask", offsetof(struct config, masks) },
	{ "readonly", offsetof(struct config, readonlys) },
	{ "cgroup-dir", offsetof(struct config, cgroup_folders) },
	{ "cgroup-made", offsetof(struct config, cgroup_made) },
	{ "cgroup-join", offsetof(struct config, cgroup_joins) },
	{ "cgroup-kill", offsetof(struct config, cgroup_kills) },
};

static const struct plain plain_flags[] = {
	{ "no-pivot", offsetof(struct config, no_pivot) },
	{ "attach", offsetof(struct config, attach) },
	{ "dev-console", offsetof(struct config, dev_console) },
	{ "readonly-root", offsetof(struct config, readonly_root) },
	{ "loopback", offsetof(struct config, loopback) },
	{ "cwd-create", offsetof(struct config, cwd_create) },
	{ "no-new-privileges", offsetof(struct config, no_new_privileges) },
	{ "init", offsetof(struct config, init) },
	{ "session-keyring", offsetof(struct config, session_keyring) },
	{ "pause-hooks", offsetof(struct config, pause_hooks) },
	{ "detach", offsetof(struct config, detach) },
};

/* The commonest first. */
static const struct config_reader *const tables[] = { mount_records, rootfs_records, cgroup_records, namespace_records,
	process_records, life_records };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int read_record(struct run *run, const struct record *record, struct config *config)
{
	char *base = (char *)config;
	for (size_t i = 0; i < COUNT(plain_lists); i++) {
		if (!record_is(record, plain_lists[i].name))
			continue;
		TRY(record_want(run, record, 1, 1));
		return config_push_text(run, (struct texts *)(void *)(base + plain_lists[i].offset), record, 0);
	}
	for (size_t i = 0; i < COUNT(tables); i++)
		for (const struct config_reader *reader = tables[i]; reader->name; reader++)
			if (record_is(record, reader->name))
				return reader->read(run, record, config);
	for (size_t i = 0; i < COUNT(plain_texts); i++) {
		if (!record_is(record, plain_texts[i].name))
			continue;
		TRY(record_want(run, record, 1, 1));
		return record_text(run, record, 0, (const char **)(void *)(base + plain_texts[i].offset));
	}
	for (size_t i = 0; i < COUNT(plain_flags); i++) {
		if (!record_is(record, plain_flags[i].name))
			continue;
		TRY(record_want(run, record, 0, 0));
		*(bool *)(void *)(base + plain_flags[i].offset) = true;
		return 0;
	}
	return fail_config(run, "unknown record \"%.60s\"", record->name);
}

int config_read(struct run *run, struct config *config)
{
	run->stage = "config";
	*config = (struct config){ 0 };
	for (int kind = 0; kind < NS_KINDS; kind++)
		config->ns[kind].fd = -1;
	config->stdin_mode = STDIO_CONSOLE_SOCKET; /* stands for "not said" until the end */
	for (size_t i = 0; i < run->records.count; i++)
		TRY(read_record(run, &run->records.items[i], config));
	if (config->stdin_mode == STDIO_CONSOLE_SOCKET)
		config->stdin_mode = config->stdio;
	return 0;
}

void config_free(struct config *config)
{
	free(config->uids.ranges);
	free(config->gids.ranges);
	free(config->cgroup_folders.items);
	free(config->cgroup_made.items);
	free(config->cgroup_writes);
	free(config->cgroup_joins.items);
	free(config->cgroup_devices);
	free(config->cgroup_stats);
	free(config->cgroup_kills.items);
	free(config->overlay);
	for (size_t i = 0; i < config->mount_count; i++) {
		free(config->mounts[i].idmap_uids.ranges);
		free(config->mounts[i].idmap_gids.ranges);
	}
	free(config->mounts);
	free(config->devices);
	free(config->symlinks);
	free(config->masks.items);
	free(config->readonlys.items);
	free(config->sysctls);
	free(config->args.items);
	free(config->env.items);
	free(config->groups);
	free(config->limits);
	for (size_t i = 0; i < config->hook_count; i++) {
		free(config->hooks[i].args.items);
		free(config->hooks[i].env.items);
	}
	free(config->hooks);
	*config = (struct config){ 0 };
}
