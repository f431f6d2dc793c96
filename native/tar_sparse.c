/* Maps of sparse files: old GNU ('S' headers), pax 0.0 and 0.1 (read in tar_pax.c), pax 1.0 (before the data). */
#include "tar.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX 131072

int tar_sparse_add(struct tar *tar, uint64_t offset, uint64_t length)
{
	struct tar_sparse *sparse = &tar->entry.sparse;
	if (sparse->count == SEGMENTS_MAX)
		return tar_damaged(tar, "a sparse file of more than %d pieces", SEGMENTS_MAX);
	if (sparse->count == sparse->capacity) {
		size_t capacity = sparse->capacity ? sparse->capacity * 2 : 16;
		void *more = realloc(sparse->segments, capacity * sizeof *sparse->segments);
		if (!more)
			return tar_damaged(tar, "out of memory for a sparse file's map");
		sparse->segments = more;
		sparse->capacity = capacity;
	}
	sparse->segments[sparse->count++] = (struct tar_segment){ offset, length };
	return 0;
}

/* `count` pairs of 12-byte numbers; an empty one ends them. */
static int old_gnu_pairs(struct tar *tar, const unsigned char *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++, pairs += 24) {
		int64_t offset, length;
		if (pairs[0] == 0)
			break;
		if (!tar_number(pairs, 12, &offset) || !tar_number(pairs + 12, 12, &length) || offset < 0 || length < 0)
			return tar_damaged(tar, "a bad number in a sparse file's map");
		int failed = tar_sparse_add(tar, (uint64_t)offset, (uint64_t)length);
		if (failed)
			return failed;
	}
	return 0;
}

int tar_sparse_old_gnu(struct tar *tar, const unsigned char *header)
{
	int64_t real_size;
	bool more = header[482] != 0;
	if (!tar_number(header + 483, 12, &real_size) || real_size < 0)
		return tar_damaged(tar, "a sparse file without its real size");
	tar->entry.sparse.count = 0;
	int failed = old_gnu_pairs(tar, header + 386, 4);
	while (!failed && more) {
		const unsigned char *block;
		ssize_t n = tar_input_peek(&tar->input, TAR_BLOCK, &block);
		if (n < TAR_BLOCK)
			return tar_damaged(tar, "the archive ends inside a sparse file's map");
		more = block[504] != 0;
		failed = old_gnu_pairs(tar, block, 21);
		tar_input_consume(&tar->input, TAR_BLOCK);
	}
	tar->entry.is_sparse = true;
	tar->entry.size = (uint64_t)real_size;
	return failed;
}

/* One decimal line of the map. The map and its padding count as data of the entry. */
static int map_number(struct tar *tar, uint64_t *number, uint64_t *used)
{
	char line[24];
	size_t size = 0;
	for (;;) {
		const unsigned char *data;
		size_t n = 1;
		const char *end;
		if (*used >= TAR_META_MAX * 4 || size == sizeof line || tar->entry.data_size == 0)
			return tar_damaged(tar, "a damaged map of a sparse file");
		int failed = tar_data(tar, &data, &n);
		if (failed)
			return failed;
		line[size] = (char)data[0];
		tar_data_consume(tar, 1);
		*used += 1;
		if (line[size++] != '\n')
			continue;
		if (!tar_decimal(line, &end, number) || *end != '\n')
			return tar_damaged(tar, "a damaged map of a sparse file");
		return 0;
	}
}

int tar_sparse_map_in_data(struct tar *tar)
{
	uint64_t count, used = 0;
	int failed = map_number(tar, &count, &used);
	if (!failed && count > SEGMENTS_MAX)
		return tar_damaged(tar, "a sparse file of more than %d pieces", SEGMENTS_MAX);
	tar->entry.sparse.count = 0;
	for (uint64_t i = 0; !failed && i < count; i++) {
		uint64_t offset, length;
		failed = map_number(tar, &offset, &used);
		if (!failed)
			failed = map_number(tar, &length, &used);
		if (!failed)
			failed = tar_sparse_add(tar, offset, length);
	}
	uint64_t padding = (TAR_BLOCK - used % TAR_BLOCK) % TAR_BLOCK;
	while (!failed && padding > 0) {
		const unsigned char *data;
		size_t n = padding;
		if (tar->entry.data_size == 0)
			return tar_damaged(tar, "a damaged map of a sparse file");
		failed = tar_data(tar, &data, &n);
		if (!failed) {
			tar_data_consume(tar, n);
			padding -= n;
		}
	}
	return failed;
}

int tar_sparse_check(struct tar *tar)
{
	const struct tar_entry *entry = &tar->entry;
	uint64_t last = 0, data = 0;
	for (size_t i = 0; i < entry->sparse.count; i++) {
		const struct tar_segment *segment = &entry->sparse.segments[i];
		if (segment->offset < last || segment->length > entry->size ||
			segment->offset > entry->size - segment->length)
			return tar_damaged(tar, "a sparse file whose pieces overlap or pass its end");
		last = segment->offset + segment->length;
		data += segment->length;
	}
	if (data != entry->data_size)
		return tar_damaged(tar, "a sparse file whose map names %llu bytes and whose data has %llu",
			(unsigned long long)data, (unsigned long long)entry->data_size);
	return 0;
}
