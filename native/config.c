#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Makes room for one more item of an array; the memory is zeroed. Out of memory ends the process: nothing was done yet.
 */
static void *push(void *array, size_t *count, size_t size)
{
	char **items = array;
	/* Room doubles at powers of two, so the count alone tells when it is full. */
	if ((*count & (*count - 1)) == 0) {
		char *grown = realloc(*items, (*count ? *count * 2 : 1) * size);
		if (!grown)
			_Exit(EXIT_CONFIG);
		*items = grown;
	}
	char *item = *items + *count * size;
	memset(item, 0, size);
	*count += 1;
	return item;
}

static int push_text(struct run *run, struct texts *texts, const struct record *record, uint32_t index)
{
	const char *text;
	int failed = record_text(run, record, index, &text);
	if (failed)
		return failed;
	/* One more than needed, so that the list can always be closed with NULL. */
	const char **items = realloc(texts->items, (texts->count + 2) * sizeof *items);
	if (!items)
		_Exit(EXIT_CONFIG);
	texts->items = items;
	texts->items[texts->count++] = text;
	texts->items[texts->count] = NULL;
	return 0;
}

static int push_texts(struct run *run, struct texts *texts, const struct record *record, uint32_t first, uint32_t end)
{
	texts->items = realloc(texts->items, (texts->count + (end - first) + 1) * sizeof *texts->items);
	if (!texts->items)
		_Exit(EXIT_CONFIG);
	for (uint32_t i = first; i < end; i++) {
		int failed = record_text(run, record, i, &texts->items[texts->count]);
		if (failed)
			return failed;
		texts->count++;
	}
	texts->items[texts->count] = NULL;
	return 0;
}

static int read_u32(struct run *run, const struct record *record, uint32_t index, uint32_t *value)
{
	uint64_t number;
	int failed = record_number(run, record, index, UINT32_MAX, &number);
	if (!failed)
		*value = (uint32_t)number;
	return failed;
}

static int read_u64(struct run *run, const struct record *record, uint32_t index, uint64_t *value)
{
	return record_number(run, record, index, UINT64_MAX, value);
}

#define TRY(expression)                                                                                                \
	do {                                                                                                           \
		int try_failed_ = (expression);                                                                        \
		if (try_failed_)                                                                                       \
			return try_failed_;                                                                            \
	} while (0)

/* Namespaces */

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
	struct id_range *range = push(&map->ranges, &map->count, sizeof *range);
	TRY(read_u32(run, record, 0, &range->inner));
	TRY(read_u32(run, record, 1, &range->outer));
	return read_u32(run, record, 2, &range->size);
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
	return read_u32(run, record, 2, &config->time_offset[index].nanoseconds);
}

/* Control groups */

static int read_cgroup_write(struct run *run, const struct record *record, struct config *config)
{
	const char *word = NULL;
	TRY(record_want(run, record, 2, 3));
	struct cgroup_write *write = push(&config->cgroup_writes, &config->cgroup_write_count, sizeof *write);
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
	struct cgroup_devices *devices = push(&config->cgroup_devices, &config->cgroup_device_count, sizeof *devices);
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
		struct cgroup_stat *stat = push(&config->cgroup_stats, &config->cgroup_stat_count, sizeof *stat);
		stat->kind = (enum cgroup_stat_kind)kind;
		return record_text(run, record, 1, &stat->path);
	}
	return fail_config(run, "record cgroup-stats: unknown kind \"%.40s\"", name);
}

/* Mounts */

static int read_overlay_into(struct run *run, const struct record *record, struct overlay *overlay)
{
	TRY(record_want(run, record, 6, 100000));
	TRY(record_text(run, record, 0, &overlay->cwd));
	TRY(record_text(run, record, 1, &overlay->target));
	TRY(record_text(run, record, 2, &overlay->options));
	TRY(record_text(run, record, 3, &overlay->upper));
	TRY(record_text(run, record, 4, &overlay->work));
	overlay->lowers = record->args + 5;
	overlay->lower_count = record->argc - 5;
	for (uint32_t i = 5; i < record->argc; i++) {
		const char *lower;
		TRY(record_text(run, record, i, &lower));
		if (*lower == '\0')
			return fail_config(run, "record %s: lower layer %u is empty", record->name, i - 4);
	}
	return 0;
}

static int read_overlay(struct run *run, const struct record *record, struct config *config)
{
	if (config->overlay)
		return fail_config(run, "record rootfs-overlay comes twice");
	config->overlay = calloc(1, sizeof *config->overlay);
	if (!config->overlay)
		_Exit(EXIT_CONFIG);
	return read_overlay_into(run, record, config->overlay);
}

static int read_extra_overlay(struct run *run, const struct record *record, struct config *config)
{
	struct overlay *overlay = push(&config->extra_overlays, &config->extra_overlay_count, sizeof *overlay);
	TRY(read_overlay_into(run, record, overlay));
	return *overlay->target == '/' ? 0 : fail_config(run, "record extra-overlay: the target is not absolute");
}

/* "INNER:OUTER:SIZE" */
static bool parse_range(const char *text, struct id_range *range)
{
	char copy[48];
	uint64_t numbers[3];
	if (strlen(text) >= sizeof copy)
		return false;
	strcpy(copy, text);
	char *at = copy;
	for (int i = 0; i < 3; i++) {
		char *colon = strchr(at, ':');
		if ((colon == NULL) != (i == 2))
			return false;
		if (colon)
			*colon = '\0';
		if (!parse_number(at, UINT32_MAX, &numbers[i]))
			return false;
		at = colon + 1;
	}
	*range = (struct id_range){ (uint32_t)numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2] };
	return true;
}

static const char *after(const char *word, const char *prefix)
{
	size_t size = strlen(prefix);
	return strncmp(word, prefix, size) == 0 ? word + size : NULL;
}

static int read_mount_option(struct run *run, struct mount *mount, const char *word)
{
	const char *value;
	if (strcmp(word, "create-file") == 0)
		mount->create_file = true;
	else if (strcmp(word, "create-dir") == 0)
		mount->create_folder = true;
	else if (strcmp(word, "optional") == 0)
		mount->optional = true;
	else if (strcmp(word, "copy-up") == 0)
		mount->copy_up = true;
	else if (strcmp(word, "src-nofollow") == 0)
		mount->source_nofollow = true;
	else if (strcmp(word, "fallback-bind") == 0)
		mount->fallback_bind = true;
	else if (strcmp(word, "idmap") == 0)
		mount->idmap = true;
	else if (strcmp(word, "ridmap") == 0)
		mount->idmap = mount->idmap_recursive = true;
	else if ((value = after(word, "idmap=")) != NULL)
		mount->idmap = true, mount->idmap_path = value;
	else if ((value = after(word, "ridmap=")) != NULL)
		mount->idmap = mount->idmap_recursive = true, mount->idmap_path = value;
	else if ((value = after(word, "src-beneath=")) != NULL)
		mount->source_beneath = value;
	else if ((value = after(word, "map-uid=")) != NULL || (value = after(word, "map-gid=")) != NULL) {
		struct id_map *map = word[4] == 'u' ? &mount->idmap_uids : &mount->idmap_gids;
		if (!parse_range(value, push(&map->ranges, &map->count, sizeof *map->ranges)))
			return fail_config(run, "record mount: expected INNER:OUTER:SIZE, got \"%.60s\"", value);
	} else
		return fail_config(run, "record mount: unknown option \"%.60s\"", word);
	return 0;
}

static int read_mount(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 8, 10000));
	struct mount *mount = push(&config->mounts, &config->mount_count, sizeof *mount);
	mount->tree = -1;
	TRY(record_text(run, record, 0, &mount->type));
	TRY(record_text(run, record, 1, &mount->source));
	TRY(record_text(run, record, 2, &mount->destination));
	TRY(record_number(run, record, 3, UINT32_MAX, &mount->flags));
	TRY(record_number(run, record, 4, UINT32_MAX, &mount->propagation));
	TRY(record_number(run, record, 5, UINT32_MAX, &mount->recursive_set));
	TRY(record_number(run, record, 6, UINT32_MAX, &mount->recursive_clear));
	TRY(record_text(run, record, 7, &mount->data));
	for (uint32_t i = 8; i < record->argc; i++) {
		const char *word;
		TRY(record_text(run, record, i, &word));
		TRY(read_mount_option(run, mount, word));
	}
	return 0;
}

static int read_device(struct run *run, const struct record *record, struct config *config)
{
	const char *type;
	uint32_t mode;
	TRY(record_want(run, record, 7, 7));
	struct device *device = push(&config->devices, &config->device_count, sizeof *device);
	TRY(record_text(run, record, 0, &device->path));
	TRY(record_text(run, record, 1, &type));
	if (strcmp(type, "c") == 0 || strcmp(type, "u") == 0)
		device->type = S_IFCHR;
	else if (strcmp(type, "b") == 0)
		device->type = S_IFBLK;
	else if (strcmp(type, "p") == 0)
		device->type = S_IFIFO;
	else
		return fail_config(run, "record device: expected type c, b or p, got \"%.40s\"", type);
	TRY(read_u32(run, record, 2, &device->major));
	TRY(read_u32(run, record, 3, &device->minor));
	TRY(read_u32(run, record, 4, &mode));
	if (mode > 07777)
		return fail_config(run, "record device: mode %u is above 07777", mode);
	device->mode = mode;
	TRY(read_u32(run, record, 5, &device->uid));
	return read_u32(run, record, 6, &device->gid);
}

static int read_symlink(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	struct pair *pair = push(&config->symlinks, &config->symlink_count, sizeof *pair);
	TRY(record_text(run, record, 0, &pair->value));
	return record_text(run, record, 1, &pair->name);
}

static int read_sysctl(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	struct pair *pair = push(&config->sysctls, &config->sysctl_count, sizeof *pair);
	TRY(record_text(run, record, 0, &pair->name));
	return record_text(run, record, 1, &pair->value);
}

static int read_propagation(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	config->has_propagation = true;
	return record_number(run, record, 0, UINT32_MAX, &config->propagation);
}

static int read_rootfs_propagation(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	return record_number(run, record, 0, UINT32_MAX, &config->rootfs_propagation);
}

/* The process */

static int read_user(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2 + 65536));
	config->has_user = true;
	TRY(read_u32(run, record, 0, &config->uid));
	TRY(read_u32(run, record, 1, &config->gid));
	config->group_count = record->argc - 2;
	config->groups = calloc(config->group_count + 1, sizeof *config->groups);
	if (!config->groups)
		_Exit(EXIT_CONFIG);
	for (uint32_t i = 2; i < record->argc; i++)
		TRY(read_u32(run, record, i, &config->groups[i - 2]));
	return 0;
}

static int read_umask(struct run *run, const struct record *record, struct config *config)
{
	uint32_t mask;
	TRY(record_want(run, record, 1, 1));
	TRY(read_u32(run, record, 0, &mask));
	config->has_umask = true;
	config->umask = mask & 0777;
	return 0;
}

static int read_caps(struct run *run, const struct record *record, struct config *config)
{
	struct caps *caps = &config->caps;
	TRY(record_want(run, record, 5, 5));
	caps->wanted = true;
	TRY(read_u64(run, record, 0, &caps->bounding));
	TRY(read_u64(run, record, 1, &caps->effective));
	TRY(read_u64(run, record, 2, &caps->permitted));
	TRY(read_u64(run, record, 3, &caps->inheritable));
	return read_u64(run, record, 4, &caps->ambient);
}

static int read_rlimit(struct run *run, const struct record *record, struct config *config)
{
	uint64_t number, soft, hard;
	TRY(record_want(run, record, 3, 3));
	TRY(record_number(run, record, 0, 15, &number));
	TRY(read_u64(run, record, 1, &soft));
	TRY(read_u64(run, record, 2, &hard));
	struct limit *limit = push(&config->limits, &config->limit_count, sizeof *limit);
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
	TRY(read_u32(run, record, 0, &config->seccomp_flags));
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
	return read_u32(run, record, 0, &config->personality);
}

static int read_scheduler(struct run *run, const struct record *record, struct config *config)
{
	int64_t nice;
	TRY(record_want(run, record, 7, 7));
	config->has_scheduler = true;
	TRY(read_u32(run, record, 0, &config->scheduler.policy));
	TRY(record_signed(run, record, 1, -20, 19, &nice));
	config->scheduler.nice = (int32_t)nice;
	TRY(read_u32(run, record, 2, &config->scheduler.priority));
	TRY(read_u64(run, record, 3, &config->scheduler.flags));
	TRY(read_u64(run, record, 4, &config->scheduler.runtime));
	TRY(read_u64(run, record, 5, &config->scheduler.deadline));
	return read_u64(run, record, 6, &config->scheduler.period);
}

static int read_ioprio(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	config->has_ioprio = true;
	TRY(read_u32(run, record, 0, &config->ioprio_class));
	return read_u32(run, record, 1, &config->ioprio_priority);
}

/* Standard streams and the rest */

static int read_stdio(struct run *run, const struct record *record, struct config *config)
{
	static const char *const modes[] = { [STDIO_INHERIT] = "inherit",
		[STDIO_RELAY] = "relay",
		[STDIO_NULL] = "null",
		[STDIO_PTY] = "pty",
		[STDIO_CONSOLE_SOCKET] = "console-socket" };
	bool only_stdin = record_is(record, "stdin");
	const char *name;
	TRY(record_want(run, record, 1, 2));
	TRY(record_text(run, record, 0, &name));
	for (int mode = 0; mode <= (only_stdin ? STDIO_NULL : STDIO_CONSOLE_SOCKET); mode++) {
		if (strcmp(name, modes[mode]) != 0)
			continue;
		TRY(record_want(
			run, record, mode == STDIO_CONSOLE_SOCKET ? 2 : 1, mode == STDIO_CONSOLE_SOCKET ? 2 : 1));
		if (only_stdin) {
			config->stdin_mode = (enum stdio_mode)mode;
			return 0;
		}
		config->stdio = (enum stdio_mode)mode;
		return mode == STDIO_CONSOLE_SOCKET ? record_text(run, record, 1, &config->console_socket) : 0;
	}
	return fail_config(run, "record %s: unknown mode \"%.40s\"", record->name, name);
}

static int read_console_size(struct run *run, const struct record *record, struct config *config)
{
	uint64_t rows, columns;
	TRY(record_want(run, record, 2, 2));
	TRY(record_number(run, record, 0, UINT16_MAX, &rows));
	TRY(record_number(run, record, 1, UINT16_MAX, &columns));
	config->has_console_size = true;
	config->rows = (uint16_t)rows;
	config->columns = (uint16_t)columns;
	return 0;
}

static int read_preserve_fds(struct run *run, const struct record *record, struct config *config)
{
	uint64_t number;
	TRY(record_want(run, record, 1, 1));
	TRY(record_number(run, record, 0, 1 << 16, &number));
	config->preserve_fds = (uint32_t)number;
	return 0;
}

static int read_hook(struct run *run, const struct record *record, struct config *config)
{
	const char *stage;
	uint64_t argc;
	TRY(record_want(run, record, 6, UINT32_MAX));
	struct hook *hook = push(&config->hooks, &config->hook_count, sizeof *hook);
	TRY(record_text(run, record, 0, &stage));
	if (strcmp(stage, "createContainer") == 0)
		hook->stage = HOOK_CREATE_CONTAINER;
	else if (strcmp(stage, "startContainer") == 0)
		hook->stage = HOOK_START_CONTAINER;
	else
		return fail_config(run, "record hook: unknown stage \"%.40s\"", stage);
	TRY(record_text(run, record, 1, &hook->path));
	TRY(read_u32(run, record, 2, &hook->timeout));
	hook->state_prefix = record->args[3];
	hook->state_suffix = record->args[4];
	TRY(record_number(run, record, 5, record->argc - 6, &argc));
	TRY(push_texts(run, &hook->args, record, 6, 6 + (uint32_t)argc));
	return push_texts(run, &hook->env, record, 6 + (uint32_t)argc, record->argc);
}

static int read_args(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, UINT32_MAX));
	if (config->args.count)
		return fail_config(run, "record args comes twice");
	return push_texts(run, &config->args, record, 0, record->argc);
}

static int read_join_pid(struct run *run, const struct record *record, struct config *config)
{
	uint64_t pid;
	TRY(record_want(run, record, 2, 2));
	TRY(record_number(run, record, 0, INT32_MAX, &pid));
	config->join_pid = (pid_t)pid;
	return read_u64(run, record, 1, &config->join_start_time);
}

static int read_wait_client(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	return read_u32(run, record, 0, &config->wait_client);
}

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

static const struct {
	const char *name;
	int (*read)(struct run *run, const struct record *record, struct config *config);
} readers[] = {
	{ "mount", read_mount },
	{ "wait-client", read_wait_client },
	{ "device", read_device },
	{ "cgroup-write", read_cgroup_write },
	{ "ns", read_ns },
	{ "symlink", read_symlink },
	{ "rlimit", read_rlimit },
	{ "sysctl", read_sysctl },
	{ "uid-map", read_uid_map },
	{ "gid-map", read_gid_map },
	{ "setgroups", read_setgroups },
	{ "time-offset", read_time_offset },
	{ "cgroup-devices", read_cgroup_devices },
	{ "cgroup-stats", read_cgroup_stats },
	{ "rootfs-overlay", read_overlay },
	{ "extra-overlay", read_extra_overlay },
	{ "propagation", read_propagation },
	{ "rootfs-propagation", read_rootfs_propagation },
	{ "args", read_args },
	{ "user", read_user },
	{ "umask", read_umask },
	{ "caps", read_caps },
	{ "oom-score-adj", read_oom_score_adj },
	{ "seccomp", read_seccomp },
	{ "personality", read_personality },
	{ "scheduler", read_scheduler },
	{ "ioprio", read_ioprio },
	{ "stdio", read_stdio },
	{ "stdin", read_stdio },
	{ "console-size", read_console_size },
	{ "preserve-fds", read_preserve_fds },
	{ "hook", read_hook },
	{ "join-pid", read_join_pid },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int read_record(struct run *run, const struct record *record, struct config *config)
{
	char *base = (char *)config;
	for (size_t i = 0; i < COUNT(plain_lists); i++) {
		if (!record_is(record, plain_lists[i].name))
			continue;
		TRY(record_want(run, record, 1, 1));
		return push_text(run, (struct texts *)(void *)(base + plain_lists[i].offset), record, 0);
	}
	for (size_t i = 0; i < COUNT(readers); i++)
		if (record_is(record, readers[i].name))
			return readers[i].read(run, record, config);
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
