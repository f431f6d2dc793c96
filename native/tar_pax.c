/*
 * pax extended headers: records `LENGTH KEY=VALUE\n` (POSIX.1-2001, pax, "pax Extended Header"), with the keys of star
 * and libarchive for extended attributes and of GNU for sparse files.
 */
#include "tar.h"

#include <stdlib.h>
#include <string.h>

size_t tar_extra_text(struct tar_extra *extra, const void *bytes, size_t size)
{
	size_t at = extra->text_size ? extra->text_size : 1;
	if (at + size > 4 * TAR_META_MAX)
		return 0;
	if (at + size + 1 > extra->text_capacity) {
		size_t capacity = (at + size + 1) * 2;
		char *text = realloc(extra->text, capacity);
		if (!text)
			return 0;
		extra->text = text;
		extra->text_capacity = capacity;
	}
	memcpy(extra->text + at, bytes, size);
	extra->text[at + size] = 0;
	extra->text_size = at + size + 1;
	return at;
}

struct pax_record {
	const char *key;
	size_t key_size;
	const char *value; /* ends with the record's newline, so number parsers stop there */
	size_t size;
};

static bool key_is(const struct pax_record *record, const char *key)
{
	return strlen(key) == record->key_size && memcmp(record->key, key, record->key_size) == 0;
}

static const char *key_after(const struct pax_record *record, const char *prefix)
{
	size_t size = strlen(prefix);
	return record->key_size > size && memcmp(record->key, prefix, size) == 0 ? record->key + size : NULL;
}

static int bad_value(struct tar *tar, const struct pax_record *record)
{
	return tar_damaged(tar, "pax header: expected a number as %.*s, found \"%.*s\"",
		(int)(record->key_size > 60 ? 60 : record->key_size), record->key,
		(int)(record->size > 60 ? 60 : record->size), record->value);
}

static int take_text(struct tar *tar, const struct pax_record *record, size_t *offset)
{
	if (memchr(record->value, 0, record->size))
		return tar_damaged(tar, "pax header: a NUL in %.*s", (int)record->key_size, record->key);
	*offset = record->size ? tar_extra_text(&tar->extra, record->value, record->size) : 0;
	if (record->size && !*offset)
		return tar_damaged(tar, "pax header: out of memory");
	return 0;
}

static int take_number(struct tar *tar, const struct pax_record *record, uint64_t most, bool *has, uint64_t *number)
{
	const char *end;
	*has = record->size > 0;
	if (!*has)
		return 0;
	if (!tar_decimal(record->value, &end, number) || end != record->value + record->size || *number > most)
		return bad_value(tar, record);
	return 0;
}

/* `[-]seconds[.fraction]`; digits behind nanoseconds are dropped. */
static int take_time(struct tar *tar, const struct pax_record *record)
{
	const char *p = record->value;
	const char *stop = record->value + record->size;
	bool negative = record->size > 0 && *p == '-';
	uint64_t seconds;
	uint32_t nsec = 0;
	tar->extra.has_mtime = record->size > 0;
	if (record->size == 0)
		return 0;
	if (!tar_decimal(p + negative, &p, &seconds) || seconds > INT64_MAX - 1)
		return bad_value(tar, record);
	if (p < stop && *p == '.') {
		uint32_t unit = 100000000;
		for (p++; p < stop && *p >= '0' && *p <= '9'; p++, unit /= 10)
			nsec += unit * (uint32_t)(*p - '0');
	}
	if (p != stop)
		return bad_value(tar, record);
	tar->extra.mtime = negative ? -(int64_t)seconds : (int64_t)seconds;
	if (negative && nsec) {
		tar->extra.mtime -= 1;
		nsec = 1000000000 - nsec;
	}
	tar->extra.mtime_nsec = nsec;
	return 0;
}

static int take_xattr(struct tar *tar, const char *name, size_t name_size, const struct pax_record *record)
{
	struct tar_extra *extra = &tar->extra;
	if (memchr(name, 0, name_size))
		return tar_damaged(tar, "pax header: a NUL in the name of an extended attribute");
	if (extra->xattr_count == extra->xattr_capacity) {
		size_t capacity = extra->xattr_capacity ? extra->xattr_capacity * 2 : 8;
		void *more = realloc(extra->xattrs, capacity * sizeof *extra->xattrs);
		if (!more)
			return tar_damaged(tar, "pax header: out of memory");
		extra->xattrs = more;
		extra->xattr_capacity = capacity;
	}
	size_t at = tar_extra_text(extra, name, name_size);
	size_t value = tar_extra_text(extra, record->value, record->size);
	if (!at || !value)
		return tar_damaged(tar, "pax header: out of memory");
	extra->xattrs[extra->xattr_count].name = at;
	extra->xattrs[extra->xattr_count].value = value;
	extra->xattrs[extra->xattr_count++].size = record->size;
	return 0;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* LIBARCHIVE.xattr.NAME: the name is URL-encoded, the value base64. SCHILY.xattr wins when an archive has both. */
static int take_libarchive_xattr(struct tar *tar, const char *name, const struct pax_record *record)
{
	size_t name_size = record->key_size - (size_t)(name - record->key);
	char *decoded = malloc(name_size + 1);
	char *bytes = malloc(record->size + 1);
	size_t length = 0, size = 0;
	uint32_t bits = 0;
	int have = 0;
	int failed = 0;
	if (!decoded || !bytes) {
		failed = tar_damaged(tar, "pax header: out of memory");
		goto out;
	}
	for (size_t i = 0; i < name_size; i++) {
		char hex[3] = { 0 };
		char *end = hex;
		if (name[i] == '%' && i + 2 < name_size) {
			memcpy(hex, name + i + 1, 2);
			long byte = strtol(hex, &end, 16);
			if (end == hex + 2 && byte > 0) {
				decoded[length++] = (char)byte;
				i += 2;
				continue;
			}
		}
		decoded[length++] = name[i];
	}
	for (size_t i = 0; i < record->size; i++) {
		int digit = base64_digit(record->value[i]);
		if (digit < 0)
			break;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			bytes[size++] = (char)(bits >> have & 0xff);
		}
	}
	decoded[length] = 0;
	for (size_t i = 0; i < tar->extra.xattr_count; i++)
		if (strcmp(tar->extra.text + tar->extra.xattrs[i].name, decoded) == 0)
			goto out;
	struct pax_record plain = { .value = bytes, .size = size };
	failed = take_xattr(tar, decoded, length, &plain);
out:
	free(decoded);
	free(bytes);
	return failed;
}

static int take_sparse_map(struct tar *tar, const struct pax_record *record)
{
	const char *p = record->value;
	const char *stop = record->value + record->size;
	while (p < stop) {
		uint64_t offset, length;
		if (!tar_decimal(p, &p, &offset) || p >= stop || *p++ != ',' || !tar_decimal(p, &p, &length))
			return bad_value(tar, record);
		int failed = tar_sparse_add(tar, offset, length);
		if (failed)
			return failed;
		if (p < stop && *p++ != ',')
			return bad_value(tar, record);
	}
	return 0;
}

static int take_sparse(struct tar *tar, const struct pax_record *record)
{
	struct tar_sparse *sparse = &tar->entry.sparse;
	uint64_t number;
	bool has;
	int failed;
	if (key_is(record, "GNU.sparse.name"))
		return take_text(tar, record, &tar->extra.sparse_path);
	tar->extra.is_sparse = true;
	if (key_is(record, "GNU.sparse.map"))
		return take_sparse_map(tar, record);
	failed = take_number(tar, record, INT64_MAX, &has, &number);
	if (failed)
		return failed;
	if (!has)
		return 0;
	if (key_is(record, "GNU.sparse.size") || key_is(record, "GNU.sparse.realsize")) {
		tar->extra.has_real_size = true;
		tar->extra.real_size = number;
	} else if (key_is(record, "GNU.sparse.major")) {
		tar->extra.sparse_major = number > 9 ? 9 : (int)number;
	} else if (key_is(record, "GNU.sparse.minor")) {
		tar->extra.sparse_minor = number > 9 ? 9 : (int)number;
	} else if (key_is(record, "GNU.sparse.offset")) {
		if (sparse->pending)
			return bad_value(tar, record);
		failed = tar_sparse_add(tar, number, 0);
		sparse->pending = true;
		return failed;
	} else if (key_is(record, "GNU.sparse.numbytes")) {
		if (!sparse->pending)
			return bad_value(tar, record);
		sparse->segments[sparse->count - 1].length = number;
		sparse->pending = false;
	}
	return 0;
}

static int take(struct tar *tar, const struct pax_record *record)
{
	struct tar_extra *extra = &tar->extra;
	const char *rest;
	if (key_is(record, "path"))
		return take_text(tar, record, &extra->path);
	if (key_is(record, "linkpath"))
		return take_text(tar, record, &extra->link);
	if (key_is(record, "size"))
		return take_number(tar, record, INT64_MAX, &extra->has_size, &extra->size);
	if (key_is(record, "uid"))
		return take_number(tar, record, UINT32_MAX - 1, &extra->has_uid, &extra->uid);
	if (key_is(record, "gid"))
		return take_number(tar, record, UINT32_MAX - 1, &extra->has_gid, &extra->gid);
	if (key_is(record, "mtime"))
		return take_time(tar, record);
	if ((rest = key_after(record, "SCHILY.xattr.")))
		return take_xattr(tar, rest, record->key_size - (size_t)(rest - record->key), record);
	if ((rest = key_after(record, "LIBARCHIVE.xattr.")))
		return take_libarchive_xattr(tar, rest, record);
	if (key_after(record, "GNU.sparse."))
		return take_sparse(tar, record);
	return 0; /* atime, ctime, uname, comments, vendors' own */
}

int tar_pax(struct tar *tar, const char *records, size_t size)
{
	const char *p = records;
	const char *stop = records + size;
	/* A second header for one entry replaces the first. */
	tar->extra.xattr_count = 0;
	tar->entry.sparse.count = 0;
	tar->entry.sparse.pending = false;
	while (p < stop) {
		uint64_t length;
		const char *text;
		if (*p == 0)
			break; /* some writers count the padding */
		if (!tar_decimal(p, &text, &length) || *text != ' ' || length > (uint64_t)(stop - p) ||
			p + length <= text + 1 || p[length - 1] != '\n')
			return tar_damaged(tar, "pax header: expected \"LENGTH KEY=VALUE\" at its byte %zu",
				(size_t)(p - records));
		const char *key = text + 1;
		const char *end = p + length - 1;
		const char *equals = memchr(key, '=', (size_t)(end - key));
		if (!equals || equals == key)
			return tar_damaged(tar, "pax header: a record without KEY=");
		struct pax_record record = { key, (size_t)(equals - key), equals + 1, (size_t)(end - equals - 1) };
		int failed = take(tar, &record);
		if (failed)
			return failed;
		p += length;
	}
	if (tar->entry.sparse.pending)
		return tar_damaged(tar, "pax header: a sparse offset without its length");
	return 0;
}
