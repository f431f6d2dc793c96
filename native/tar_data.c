/* The bytes behind a header, and what is said when they are not what they should be. */
#include "tar.h"

#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int tar_damaged(struct tar *tar, const char *format, ...)
{
	char what[300];
	va_list list;
	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	return fail_input(tar->run, tar->entry.path ? tar->entry.path : "", "%s (the entry's header is at byte %llu)",
		what, (unsigned long long)tar->entry.offset);
}

int tar_open(struct tar *tar, struct run *run, int fd)
{
	*tar = (struct tar){ .run = run };
	if (fd >= 0 && !tar_input_open(&tar->input, fd))
		return fail(run, "malloc", "buffer of the archive");
	return 0;
}

void tar_close(struct tar *tar)
{
	tar_input_close(&tar->input);
	free(tar->entry.sparse.segments);
	free(tar->entry.xattrs);
	free(tar->extra.xattrs);
	free(tar->extra.text);
	free(tar->meta);
}

int tar_data(struct tar *tar, const unsigned char **data, size_t *size)
{
	ssize_t n = tar_input_peek(&tar->input, 1, data);
	if (n < 0)
		return fail(tar->run, "read", "archive");
	if (n == 0)
		return tar_damaged(tar,
			"the archive is truncated: it ends inside this entry, %llu bytes before its end",
			(unsigned long long)tar->entry.data_size);
	if ((size_t)n < *size)
		*size = (size_t)n;
	if (tar->entry.data_size < *size)
		*size = (size_t)tar->entry.data_size;
	return 0;
}

void tar_data_consume(struct tar *tar, size_t size)
{
	tar_input_consume(&tar->input, size);
	tar->entry.data_size -= size;
}

int tar_skip_rest(struct tar *tar)
{
	uint64_t rest = tar->entry.data_size + tar->padding;
	int there = tar_input_skip(&tar->input, rest);
	tar->entry.data_size = tar->padding = 0;
	if (there < 0)
		return fail(tar->run, "read", "archive");
	return there ? 0 : tar_damaged(tar, "the archive is truncated: it ends inside this entry");
}

int tar_drain(struct tar *tar)
{
	const unsigned char *data;
	for (;;) {
		ssize_t n = tar_input_peek(&tar->input, 1, &data);
		if (n < 0)
			return fail(tar->run, "read", "archive");
		if (n == 0)
			return 0;
		tar_input_consume(&tar->input, (size_t)n);
	}
}
