/*
 * Writes a tar archive: ustar where it suffices, pax records only for what does not fit, so that the same entries give
 * the same bytes everywhere.
 */
#pragma once

#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;

struct tar_write {
	struct run *run;
	int fd;
	unsigned char *buffer;
	size_t used;
	uint64_t size;      /* of the archive so far */
	struct sha256 *sha; /* hears everything; or NULL */
	char *pax;          /* records of the entry that comes */
	size_t pax_size, pax_capacity;
};

struct tar_out {
	char type;
	const char *path; /* without slash at its end, also for folders */
	const char *link; /* or NULL */
	uint64_t size;
	uint32_t mode, uid, gid, major, minor;
	int64_t mtime;
	uint32_t mtime_nsec;
};

/* 0, or an exit code after a report. So do all. */
int tar_write_open(struct tar_write *write, struct run *run, int fd);
void tar_write_close(struct tar_write *write);

/* Adds a record to the next header. Records are to be added in the order of their keys' bytes. */
int tar_write_pax(struct tar_write *write, const char *key, const void *value, size_t size);
int tar_write_header(struct tar_write *write, const struct tar_out *out);

/* Room in the buffer for data: at least one byte at `*data`; then so many bytes of it count. */
int tar_write_room(struct tar_write *write, unsigned char **data, size_t *size);
int tar_write_done(struct tar_write *write, size_t size);

int tar_write_zeros(struct tar_write *write, uint64_t size);
/* Two zero blocks, and everything goes out. */
int tar_write_end(struct tar_write *write);
