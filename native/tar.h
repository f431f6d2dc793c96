/*
 * Reads a tar archive entry by entry: ustar, pax, GNU and old V7 headers, all in the reading that container tools share
 * (Go's archive/tar): what they unpack, we unpack, and what two readers could understand differently is refused.
 *
 * An entry is put together from several blocks: any number of `x` (pax), `L` and `K` (GNU long names) headers, then the
 * header proper, then for sparse files the map. pax wins over GNU, both win over the header.
 */
#pragma once

#include "tar_input.h"

#include <sys/types.h>

struct run;

#define TAR_BLOCK 512
/* Longest pax header, long name or sparse map: what other readers accept as well. */
#define TAR_META_MAX (1024 * 1024)

struct tar_segment {
	uint64_t offset, length;
};

struct tar_sparse {
	struct tar_segment *segments;
	size_t count, capacity;
	bool in_data; /* GNU 1.0: the map is at the beginning of the data */
	bool pending; /* GNU 0.0: an offset waits for its length */
};

struct tar_xattr {
	const char *name;
	const void *value;
	size_t size;
};

struct tar_entry {
	char type;        /* '0' file, '1' hard link, '2' symlink, '3' char, '4' block, '5' folder, '6' fifo */
	const char *path; /* as it was written; never empty */
	const char *link;
	uint64_t data_size; /* bytes in the archive that have not been read yet */
	uint64_t size;      /* of the file; differs for sparse ones */
	uint64_t offset;    /* of the header in the archive */
	uint32_t mode, uid, gid;
	uint32_t major, minor;
	int64_t mtime;
	uint32_t mtime_nsec;
	bool is_sparse;
	struct tar_sparse sparse;
	struct tar_xattr *xattrs;
	size_t xattr_count;
};

/* What came from extension headers for the next entry. Text lies in `text`, which is reused from entry to entry. */
struct tar_extra {
	char *text;
	size_t text_size, text_capacity;
	size_t path, link, gnu_path, gnu_link, sparse_path; /* offsets into text; 0: none */
	bool has_size, has_real_size, has_uid, has_gid, has_mtime;
	bool is_sparse;
	int sparse_major, sparse_minor;
	uint64_t size, real_size, uid, gid;
	int64_t mtime;
	uint32_t mtime_nsec;
	struct {
		size_t name, value, size;
	} * xattrs;
	size_t xattr_count, xattr_capacity;
};

struct tar {
	struct run *run;
	struct tar_input input;
	struct tar_entry entry;
	struct tar_extra extra;
	uint64_t padding; /* behind the data of the entry */
	char *meta;       /* of the extension header that is being read, with a NUL behind it */
	size_t meta_capacity;
	char name[260]; /* path and link from the header itself */
	char link[104];
};

/* Reads from `fd`. 0, or an exit code after a report. */
int tar_open(struct tar *tar, struct run *run, int fd);
void tar_close(struct tar *tar);

/* Passes over what is left of the last entry, reads the next into tar->entry. `*more` is false at the archive's end. */
int tar_next(struct tar *tar, bool *more);

/* At least one byte of the entry's data in place, at most `*size`; fewer never means the end. */
int tar_data(struct tar *tar, const unsigned char **data, size_t *size);
void tar_data_consume(struct tar *tar, size_t size);

/* Past what is left of the entry's data and its padding. */
int tar_skip_rest(struct tar *tar);

/* Reads on until the writer closes, so that it never sees a broken pipe. */
int tar_drain(struct tar *tar);

/* tar_block.c: the next block that is a header, at `*header` in place; NULL at the archive's end. */
int tar_next_header(struct tar *tar, const unsigned char **header);
/* The whole body of an extension header in tar->meta, with a NUL behind it. */
int tar_read_meta(struct tar *tar, uint64_t size);

/* tar_pax.c: reads the records of one pax header into tar->extra. */
int tar_pax(struct tar *tar, const char *records, size_t size);
/* Appends text with a NUL behind it; offset in extra->text, or 0 when there is no memory. */
size_t tar_extra_text(struct tar_extra *extra, const void *bytes, size_t size);

/* tar_sparse.c */
int tar_sparse_add(struct tar *tar, uint64_t offset, uint64_t length);
int tar_sparse_old_gnu(struct tar *tar, const unsigned char *header);
int tar_sparse_map_in_data(struct tar *tar);
int tar_sparse_check(struct tar *tar);

/* tar_number.c: a numeric field, octal or base-256. False when it is neither, or does not fit. */
bool tar_number(const unsigned char *field, size_t size, int64_t *number);
/* Digits only, at least one, no overflow; `*end` is behind them. */
bool tar_decimal(const char *text, const char **end, uint64_t *number);

/* Damage, with the place where it is: returns EXIT_INPUT. */
int tar_damaged(struct tar *tar, const char *format, ...) __attribute__((format(printf, 2, 3)));
