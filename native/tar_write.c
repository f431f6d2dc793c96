#include "tar_write.h"

#include "run.h"
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (512 * 1024)
/* Largest numbers of octal fields of 8 and 12 bytes. */
#define OCTAL_8 07777777u
#define OCTAL_12 077777777777u

int tar_write_open(struct tar_write *write, struct run *run, int fd)
{
	*write = (struct tar_write){ .run = run, .fd = fd };
	write->buffer = malloc(BUFFER_SIZE);
	return write->buffer ? 0 : fail(run, "malloc", "buffer of the archive");
}

void tar_write_close(struct tar_write *write)
{
	free(write->buffer);
	free(write->pax);
}

static int flush(struct tar_write *out)
{
	size_t done = 0;
	while (done < out->used) {
		ssize_t n = write(out->fd, out->buffer + done, out->used - done);
		if (n < 0 && errno != EINTR)
			return fail(out->run, "write", "archive");
		done += n > 0 ? (size_t)n : 0;
	}
	out->used = 0;
	return 0;
}

int tar_write_room(struct tar_write *write, unsigned char **data, size_t *size)
{
	if (write->used == BUFFER_SIZE) {
		int failed = flush(write);
		if (failed)
			return failed;
	}
	*data = write->buffer + write->used;
	*size = BUFFER_SIZE - write->used;
	return 0;
}

int tar_write_done(struct tar_write *write, size_t size)
{
	if (write->sha)
		sha256_add(write->sha, write->buffer + write->used, size);
	write->used += size;
	write->size += size;
	return 0;
}

static int put(struct tar_write *write, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;
	while (size > 0) {
		unsigned char *data;
		size_t room;
		int failed = tar_write_room(write, &data, &room);
		if (failed)
			return failed;
		if (room > size)
			room = size;
		memcpy(data, from, room);
		tar_write_done(write, room);
		from += room;
		size -= room;
	}
	return 0;
}

int tar_write_zeros(struct tar_write *write, uint64_t size)
{
	static char zeros[4096]; /* not const: in .bss it takes no room in the binary */
	int failed = 0;
	for (uint64_t step; !failed && size > 0; size -= step) {
		step = size < sizeof zeros ? size : sizeof zeros;
		failed = put(write, zeros, step);
	}
	return failed;
}

int tar_write_end(struct tar_write *write)
{
	int failed = tar_write_zeros(write, 2 * TAR_BLOCK);
	return failed ? failed : flush(write);
}

static size_t digits(size_t number)
{
	size_t count = 1;
	for (; number > 9; number /= 10)
		count++;
	return count;
}

int tar_write_pax(struct tar_write *write, const char *key, const void *value, size_t size)
{
	size_t rest = 1 + strlen(key) + 1 + size + 1;
	size_t length = rest + digits(rest);
	/* The length counts its own digits. */
	if (digits(length) != digits(rest))
		length = rest + digits(length);
	if (write->pax_size + length + 1 > write->pax_capacity) {
		size_t capacity = (write->pax_size + length + 1) * 2;
		char *pax = realloc(write->pax, capacity);
		if (!pax)
			return fail(write->run, "malloc", "pax header");
		write->pax = pax;
		write->pax_capacity = capacity;
	}
	char *at = write->pax + write->pax_size;
	int before = sprintf(at, "%zu %s=", length, key);
	memcpy(at + before, value, size);
	at[length - 1] = '\n';
	write->pax_size += length;
	return 0;
}

static int pax_text(struct tar_write *write, const char *key, const char *text)
{
	return tar_write_pax(write, key, text, strlen(text));
}

static int pax_number(struct tar_write *write, const char *key, uint64_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	return pax_text(write, key, text);
}

static int pax_time(struct tar_write *write, int64_t seconds, uint32_t nsec)
{
	char text[40];
	bool negative = seconds < 0;
	if (negative && nsec) {
		seconds++;
		nsec = 1000000000 - nsec;
	}
	int n = snprintf(text, sizeof text, "%s%lld", negative && seconds == 0 ? "-" : "", (long long)seconds);
	if (nsec) {
		n += snprintf(text + n, sizeof text - (size_t)n, ".%09u", nsec);
		while (text[n - 1] == '0')
			text[--n] = 0;
	}
	return pax_text(write, "mtime", text);
}

/* Where a path is split between the fields prefix and name: the slash's place, 0 for no prefix, -1 when it does not
 * fit. */
static int split_at(const char *path, size_t size)
{
	if (size <= 100)
		return 0;
	for (size_t i = size > 256 ? 156 : size - 1 < 155 ? size - 1 : 155; i > 0; i--)
		if (path[i] == '/' && i <= 155 && size - i - 1 <= 100 && size - i - 1 > 0)
			return (int)i;
	return -1;
}

static void octal(unsigned char *field, size_t size, uint64_t number)
{
	for (size_t i = size - 1; i > 0; i--, number >>= 3)
		field[i - 1] = (unsigned char)('0' + (number & 7));
}

static void copy_text(unsigned char *field, size_t most, const char *text, size_t size)
{
	memcpy(field, text, size < most ? size : most);
}

static int block(struct tar_write *write, const struct tar_out *out, const char *path, size_t path_size, int split)
{
	unsigned char header[TAR_BLOCK] = { 0 };
	unsigned sum = 0;
	if (split > 0)
		copy_text(header + 345, 155, path, (size_t)split);
	size_t name = split > 0 ? (size_t)split + 1 : 0;
	copy_text(header, 100, path + name, path_size - name);
	octal(header + 100, 8, out->mode);
	octal(header + 108, 8, out->uid > OCTAL_8 ? 0 : out->uid);
	octal(header + 116, 8, out->gid > OCTAL_8 ? 0 : out->gid);
	octal(header + 124, 12, out->size > OCTAL_12 ? 0 : out->size);
	octal(header + 136, 12, out->mtime < 0 || (uint64_t)out->mtime > OCTAL_12 ? 0 : (uint64_t)out->mtime);
	memset(header + 148, ' ', 8);
	header[156] = (unsigned char)out->type;
	if (out->link)
		copy_text(header + 157, 100, out->link, strlen(out->link));
	memcpy(header + 257, "ustar\00000", 8);
	octal(header + 329, 8, out->major);
	octal(header + 337, 8, out->minor);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	octal(header + 148, 7, sum);
	header[154] = 0;
	return put(write, header, sizeof header);
}

/* The header of the pax records: named after the entry, so that old readers unpack it somewhere harmless. */
static int pax_header(struct tar_write *write, const char *path)
{
	char name[100];
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	snprintf(name, sizeof name, "PaxHeaders.0/%.86s", last);
	struct tar_out out = { .type = 'x', .size = write->pax_size };
	int failed = block(write, &out, name, strlen(name), 0);
	if (!failed)
		failed = put(write, write->pax, write->pax_size);
	if (!failed)
		failed = tar_write_zeros(write, (TAR_BLOCK - write->pax_size % TAR_BLOCK) % TAR_BLOCK);
	write->pax_size = 0;
	return failed;
}

int tar_write_header(struct tar_write *write, const struct tar_out *out)
{
	char path[4096 + 8];
	int size = snprintf(path, sizeof path, "%s%s", out->path, out->type == '5' ? "/" : "");
	int split = split_at(path, (size_t)size);
	int failed = 0;
	/* In the order of the keys: SCHILY.xattr.* came before. */
	if (out->gid > OCTAL_8)
		failed = pax_number(write, "gid", out->gid);
	if (!failed && out->link && strlen(out->link) > 100)
		failed = pax_text(write, "linkpath", out->link);
	if (!failed && (out->mtime < 0 || (uint64_t)out->mtime > OCTAL_12 || out->mtime_nsec))
		failed = pax_time(write, out->mtime, out->mtime_nsec);
	if (!failed && split < 0)
		failed = pax_text(write, "path", path);
	if (!failed && out->size > OCTAL_12)
		failed = pax_number(write, "size", out->size);
	if (!failed && out->uid > OCTAL_8)
		failed = pax_number(write, "uid", out->uid);
	if (!failed && write->pax_size)
		failed = pax_header(write, path);
	if (failed)
		return failed;
	/* A path that does not fit is cut here: pax has all of it. */
	return split < 0 ? block(write, out, path, 100, 0) : block(write, out, path, (size_t)size, split);
}
