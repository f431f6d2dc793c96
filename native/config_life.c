/* What surrounds the program: standard streams, hooks, and who waits for what. */
#include "config_records.h"

#include <string.h>

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
	struct hook *hook = config_push(&config->hooks, &config->hook_count, sizeof *hook);
	TRY(record_text(run, record, 0, &stage));
	if (strcmp(stage, "createContainer") == 0)
		hook->stage = HOOK_CREATE_CONTAINER;
	else if (strcmp(stage, "startContainer") == 0)
		hook->stage = HOOK_START_CONTAINER;
	else
		return fail_config(run, "record hook: unknown stage \"%.40s\"", stage);
	TRY(record_text(run, record, 1, &hook->path));
	TRY(record_u32(run, record, 2, &hook->timeout));
	hook->state_prefix = record->args[3];
	hook->state_suffix = record->args[4];
	TRY(record_number(run, record, 5, record->argc - 6, &argc));
	TRY(config_push_texts(run, &hook->args, record, 6, 6 + (uint32_t)argc));
	return config_push_texts(run, &hook->env, record, 6 + (uint32_t)argc, record->argc);
}

static int read_wait_client(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	return record_u32(run, record, 0, &config->wait_client);
}

const struct config_reader life_records[] = {
	{ "stdio", read_stdio },
	{ "stdin", read_stdio },
	{ "console-size", read_console_size },
	{ "preserve-fds", read_preserve_fds },
	{ "hook", read_hook },
	{ "wait-client", read_wait_client },
	{ NULL, NULL },
};
