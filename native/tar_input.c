#include "tar_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tar_input_open(struct tar_input *input, int fd)
{
	*input = (struct tar_input){ .fd = fd };
	input->owned = malloc(TAR_INPUT_SIZE);
	input->buffer = input->owned;
	return input->owned != NULL;
}

void tar_input_memory(struct tar_input *input, const void *data, size_t size)
{
	*input = (struct tar_input){ .fd = -1, .buffer = data, .end = size, .ended = true };
}

void tar_input_close(struct tar_input *input)
{
	free(input->owned);
	input->owned = NULL;
}

static int fill(struct tar_input *input)
{
	ssize_t n;
	do
		n = read(input->fd, input->owned + input->end, TAR_INPUT_SIZE - input->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (input->sha)
		sha256_add(input->sha, input->owned + input->end, (size_t)n);
	input->end += (size_t)n;
	input->ended = n == 0;
	return 0;
}

ssize_t tar_input_peek(struct tar_input *input, size_t least, const unsigned char **data)
{
	if (input->start == input->end && !input->ended)
		input->start = input->end = 0;
	if (input->end - input->start < least && !input->ended && TAR_INPUT_SIZE - input->start < least) {
		memmove(input->owned, input->owned + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	while (input->end - input->start < least && !input->ended)
		if (fill(input) < 0)
			return -1;
	*data = input->buffer + input->start;
	return (ssize_t)(input->end - input->start);
}

void tar_input_consume(struct tar_input *input, size_t size)
{
	input->start += size;
	input->offset += size;
}

int tar_input_skip(struct tar_input *input, uint64_t size)
{
	const unsigned char *data;
	while (size > 0) {
		ssize_t n = tar_input_peek(input, 1, &data);
		if (n <= 0)
			return n < 0 ? -1 : 0;
		size_t step = (uint64_t)n < size ? (size_t)n : (size_t)size;
		tar_input_consume(input, step);
		size -= step;
	}
	return 1;
}
