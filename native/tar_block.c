#include "tar.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

static bool checksum_fits(const unsigned char *header)
{
	int64_t said;
	int64_t plain = 0, as_signed = 0;
	if (!tar_number(header + 148, 8, &said))
		return false;
	for (int i = 0; i < TAR_BLOCK; i++) {
		unsigned char byte = i >= 148 && i < 156 ? ' ' : header[i];
		plain += byte;
		as_signed += (signed char)byte;
	}
	return said == plain || said == as_signed;
}

static bool is_zero(const unsigned char *block)
{
	for (int i = 0; i < TAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

int tar_next_header(struct tar *tar, const unsigned char **header)
{
	bool after_zero = false;
	for (;;) {
		ssize_t n = tar_input_peek(&tar->input, TAR_BLOCK, header);
		if (n < 0)
			return fail(tar->run, "read", "archive");
		if (n == 0) {
			*header = NULL;
			return 0;
		}
		if (n < TAR_BLOCK)
			return tar_damaged(tar, "the archive is truncated: %zd bytes where a header of %d is expected",
				n, TAR_BLOCK);
		if (is_zero(*header)) {
			tar_input_consume(&tar->input, TAR_BLOCK);
			if (after_zero) {
				*header = NULL;
				return 0;
			}
			after_zero = true;
			continue;
		}
		tar->entry.offset = tar->input.offset;
		if (after_zero)
			return tar_damaged(tar, "damaged archive: an entry behind a lone end mark");
		if (!checksum_fits(*header))
			return tar_damaged(tar, "damaged archive: a header's checksum does not fit");
		return 0;
	}
}

int tar_read_meta(struct tar *tar, uint64_t size)
{
	const unsigned char *data;
	uint64_t padded = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	if (size > TAR_META_MAX)
		return tar_damaged(tar, "an extension header of %llu bytes, more than the %d that are accepted",
			(unsigned long long)size, TAR_META_MAX);
	if (size + 1 > tar->meta_capacity) {
		char *meta = realloc(tar->meta, size + 1);
		if (!meta)
			return fail(tar->run, "malloc", "extension header");
		tar->meta = meta;
		tar->meta_capacity = size + 1;
	}
	ssize_t n = tar_input_peek(&tar->input, padded, &data);
	if (n < 0)
		return fail(tar->run, "read", "archive");
	if ((uint64_t)n < padded)
		return tar_damaged(tar, "the archive is truncated inside an extension header");
	memcpy(tar->meta, data, size);
	tar->meta[size] = 0;
	tar_input_consume(&tar->input, padded);
	return 0;
}
