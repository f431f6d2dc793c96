/* Bytes from one descriptor to another, without ever blocking the loop that looks after several of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FLOW_CAPACITY (64 * 1024)

enum sink_kind { SINK_PIPE, SINK_SOCKET, SINK_OTHER };

struct flow {
	int from; /* -1: ended */
	int to;   /* -1: closed, bytes are dropped */
	enum sink_kind kind;
	char *buffer;
	size_t start, end;
	bool ended; /* nothing more will come; the rest of the buffer still has to go */
};

void flow_begin(struct flow *flow, int from, int to);

/* Reads what is there. False at the end of file. */
bool flow_fill(struct flow *flow);

/* Puts bytes of our own into the buffer, as many as fit. */
void flow_put(struct flow *flow, const char *data, size_t size);

/* Writes what the sink takes now. False when the sink is gone. */
bool flow_drain(struct flow *flow);

bool flow_is_empty(const struct flow *flow);
void flow_free(struct flow *flow);
