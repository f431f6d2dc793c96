/*
 * The bytes of an archive: one large buffer that is filled by big reads, and handed out in place, so that file data is
 * copied once, from the pipe into this buffer, before it is written.
 */
#pragma once

#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TAR_INPUT_SIZE (1024 * 1024)

struct tar_input {
	int fd; /* -1: everything is in `buffer` already (tests and fuzzers) */
	const unsigned char *buffer;
	unsigned char *owned; /* what `buffer` points to when it is ours */
	size_t start, end;
	uint64_t offset; /* of `buffer[start]` in the archive */
	bool ended;
	struct sha256 *sha; /* hears everything that is read; or NULL */
};

/* False when there is no memory. */
bool tar_input_open(struct tar_input *input, int fd);
void tar_input_memory(struct tar_input *input, const void *data, size_t size);
void tar_input_close(struct tar_input *input);

/*
 * Makes at least `least` (at most TAR_INPUT_SIZE) bytes available, fewer only at the end. Returns how many there are at
 * `*data`, or -1 with errno.
 */
ssize_t tar_input_peek(struct tar_input *input, size_t least, const unsigned char **data);
void tar_input_consume(struct tar_input *input, size_t size);
/* Passes over `size` bytes. 1 when they were there, 0 at the end, -1 with errno. */
int tar_input_skip(struct tar_input *input, uint64_t size);
