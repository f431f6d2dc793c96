#include "records.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t load_u32(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Where one looks for the end while bytes still arrive: the list is walked once, however it is cut into reads. */
struct scan {
	size_t offset; /* start of the next record */
	size_t records;
	size_t args;
	bool ended;
};

/* Walks complete records. NULL when all is well so far (perhaps incomplete), else what is wrong. */
static const char *scan_records(struct scan *scan, const char *buffer, size_t filled)
{
	while (!scan->ended && filled - scan->offset >= 4) {
		size_t at = scan->offset;
		uint32_t argc = load_u32(buffer + at);
		at += 4;
		if (argc == 0)
			return "a record without a name";
		if (argc > RECORDS_MAX_SIZE / 5)
			return "a record with too many arguments";
		const char *name = NULL;
		for (uint32_t i = 0; i < argc; i++) {
			if (filled - at < 4)
				return NULL;
			uint32_t size = load_u32(buffer + at);
			at += 4;
			if (size >= RECORDS_MAX_SIZE)
				return "an argument that is too long";
			if (filled - at < (size_t)size + 1)
				return NULL;
			if (buffer[at + size] != '\0')
				return "an argument that does not end with NUL";
			if (i == 0) {
				name = buffer + at;
				if (strlen(name) != size)
					return "a name with a NUL in it";
			}
			at += (size_t)size + 1;
		}
		scan->offset = at;
		if (argc == 1 && strcmp(name, "end") == 0) {
			scan->ended = true;
		} else {
			scan->records++;
			scan->args += argc;
		}
	}
	return NULL;
}

static const char *index_records(struct records *records, const struct scan *scan)
{
	records->size = scan->offset;
	records->count = scan->records;
	records->items = calloc(scan->records + 1, sizeof *records->items);
	records->args = calloc(scan->args + 1, sizeof *records->args);
	if (!records->items || !records->args)
		return "not enough memory for the list";
	struct arg *arg = records->args;
	size_t at = 0;
	for (size_t r = 0; r < scan->records; r++) {
		uint32_t argc = load_u32(records->buffer + at);
		struct arg *first = arg;
		at += 4;
		for (uint32_t i = 0; i < argc; i++, arg++) {
			arg->size = load_u32(records->buffer + at);
			arg->data = records->buffer + at + 4;
			at += (size_t)arg->size + 5;
		}
		records->items[r] = (struct record){ .name = first->data, .argc = argc - 1, .args = first + 1 };
	}
	return NULL;
}

int records_read(struct run *run, int fd, struct records *records)
{
	struct scan scan = { 0 };
	size_t capacity = 64 * 1024;
	records->buffer = malloc(capacity);
	if (!records->buffer)
		return fail_config(run, "not enough memory for the config");
	for (;;) {
		ssize_t n = read(fd, records->buffer + records->filled, capacity - records->filled);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(run, "read", "config descriptor %d", fd);
		records->filled += (size_t)n;
		const char *wrong = scan_records(&scan, records->buffer, records->filled);
		if (!wrong && n == 0 && !scan.ended)
			wrong = "no `end` record: it was cut off";
		if (!wrong && !scan.ended && records->filled >= RECORDS_MAX_SIZE)
			wrong = "more than 64 MiB";
		if (wrong)
			return fail_config(run, "bad config: %s", wrong);
		if (scan.ended)
			break;
		if (records->filled == capacity) {
			capacity *= 2;
			char *grown = realloc(records->buffer, capacity);
			if (!grown)
				return fail_config(run, "not enough memory for the config");
			records->buffer = grown;
		}
	}
	const char *wrong = index_records(records, &scan);
	return wrong ? fail_config(run, "bad config: %s", wrong) : 0;
}

void records_free(struct records *records)
{
	free(records->buffer);
	free(records->args);
	free(records->items);
	*records = (struct records){ 0 };
}

bool record_is(const struct record *record, const char *name)
{
	return strcmp(record->name, name) == 0;
}

int record_want(struct run *run, const struct record *record, uint32_t least, uint32_t most)
{
	if (record->argc >= least && record->argc <= most)
		return 0;
	if (least == most)
		return fail_config(run, "record %s: expected %u arguments, got %u", record->name, least, record->argc);
	return fail_config(
		run, "record %s: expected %u to %u arguments, got %u", record->name, least, most, record->argc);
}

int record_text(struct run *run, const struct record *record, uint32_t index, const char **text)
{
	if (index >= record->argc)
		return fail_config(run, "record %s: argument %u is missing", record->name, index + 1);
	const struct arg *arg = &record->args[index];
	if (memchr(arg->data, '\0', arg->size))
		return fail_config(run, "record %s: argument %u has a NUL in it", record->name, index + 1);
	*text = arg->data;
	return 0;
}

bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value = 0;
	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		uint64_t digit = (uint64_t)(*text - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > most)
		return false;
	*number = value;
	return true;
}

int record_number(struct run *run, const struct record *record, uint32_t index, uint64_t most, uint64_t *number)
{
	const char *text;
	int failed = record_text(run, record, index, &text);
	if (failed)
		return failed;
	if (!parse_number(text, most, number))
		return fail_config(run,
			"record %s: expected a decimal number from 0 to %llu as argument %u, got \"%.40s\"",
			record->name, (unsigned long long)most, index + 1, text);
	return 0;
}

int record_signed(
	struct run *run, const struct record *record, uint32_t index, int64_t least, int64_t most, int64_t *number)
{
	const char *text;
	uint64_t value;
	int failed = record_text(run, record, index, &text);
	if (failed)
		return failed;
	bool negative = *text == '-';
	if (!parse_number(text + negative, INT64_MAX, &value) ||
		(negative ? -(int64_t)value : (int64_t)value) < least ||
		(negative ? -(int64_t)value : (int64_t)value) > most)
		return fail_config(run,
			"record %s: expected a decimal number from %lld to %lld as argument %u, got \"%.40s\"",
			record->name, (long long)least, (long long)most, index + 1, text);
	*number = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int record_u32(struct run *run, const struct record *record, uint32_t index, uint32_t *value)
{
	uint64_t number;
	int failed = record_number(run, record, index, UINT32_MAX, &number);
	if (!failed)
		*value = (uint32_t)number;
	return failed;
}

int record_u64(struct run *run, const struct record *record, uint32_t index, uint64_t *value)
{
	return record_number(run, record, index, UINT64_MAX, value);
}
