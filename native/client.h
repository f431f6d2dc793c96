/* One who is attached to a detached container: what waits for him, and the frame that arrives from him. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A client that lets this much wait is cut off: it must not stop the container, nor fill our memory. */
#define CLIENT_MAX_WAITING (1024 * 1024)

struct client {
	int fd;    /* -1: free */
	char *out; /* what it has not taken yet */
	size_t out_size, out_capacity;
	char head[5]; /* of the frame that is arriving */
	size_t head_size;
	uint32_t body_left;
	char line[128]; /* control frames */
	size_t line_size;
};

/* Closes the connection; the slot is free. */
void client_drop(struct client *client);
/* Sends what he takes now. */
void client_flush(struct client *client);
/* With `keep_all` he is not cut off, however much waits. */
void client_queue(struct client *client, const char *data, size_t size, bool keep_all);
