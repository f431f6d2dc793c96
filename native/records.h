/*
 * The config that TypeScript sends: a flat list of records, each a name and arguments (docs/helper-protocol.md).
 * The whole list is read once and stays in memory; arguments point into it (zero-copy) and always end with a NUL that
 * is not counted, so they can be used as C strings when they hold no NUL of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDS_MAX_SIZE (64u * 1024 * 1024)

struct arg {
	const char *data;
	uint32_t size;
};

struct record {
	const char *name;
	uint32_t argc; /* without the name */
	const struct arg *args;
};

struct records {
	char *buffer;
	size_t size;   /* bytes of the list, up to and with the record `end` */
	size_t filled; /* bytes that were read; what lies behind the list belongs to the control stream */
	struct arg *args;
	struct record *items;
	size_t count; /* without `end` */
};

struct run;

/* Reads the list from `fd` until its `end` record. 0, or an exit code after an error report. */
int records_read(struct run *run, int fd, struct records *records);

void records_free(struct records *records);

bool record_is(const struct record *record, const char *name);

/* Checks the number of arguments. 0, or an exit code after an error report. */
int record_want(struct run *run, const struct record *record, uint32_t least, uint32_t most);

/* The argument as text without NUL inside. 0, or an exit code after an error report. */
int record_text(struct run *run, const struct record *record, uint32_t index, const char **text);

/*
 * Strict decimal: digits only (one leading `-` in record_signed), no blanks, nothing behind, no overflow, within the
 * limits. A lenient parser here once ran processes as the wrong user elsewhere (CVE-2026-30892).
 */
int record_number(struct run *run, const struct record *record, uint32_t index, uint64_t most, uint64_t *number);
int record_signed(
	struct run *run, const struct record *record, uint32_t index, int64_t least, int64_t most, int64_t *number);
int record_u32(struct run *run, const struct record *record, uint32_t index, uint32_t *value);
int record_u64(struct run *run, const struct record *record, uint32_t index, uint64_t *value);

bool parse_number(const char *text, uint64_t most, uint64_t *number);
