/* What supervise.c and supervise_streams.c share: one container that is looked after. */
#pragma once

#include "cleanup.h"
#include "container.h"
#include "control.h"
#include "monitor.h"
#include "relay.h"

#include <poll.h>
#include <time.h>

enum state { STARTING, READY, EXECUTING, STARTED, NOT_STARTED };

struct supervision {
	struct container *container;
	struct control control;
	struct monitor *monitor; /* NULL unless in mode monitor */
	struct flow in, out, err;
	enum state state;
	struct timespec started;
	bool is_pty;
};

/* Connects the container's ends with ours, or with the monitor. */
void flows_begin(struct supervision *s);

/* What of a flow to wait for: room for what is buffered, else more of it. */
void flow_poll(struct pollfd *from, struct pollfd *to, const struct flow *flow);

/* Container → us: to our own descriptor, or to the monitor's log. */
void output_pass(struct supervision *s, struct flow *flow, int stream, bool readable);

/* The container's processes are gone: what they wrote last is still in the pipes. */
void output_drain(struct supervision *s, struct flow *flow, int stream);

/* Lets go of our own 0, 1 and 2, which the owner wants back. */
void streams_leave(struct supervision *s);

/* Us → container. */
void input_pass(struct supervision *s, bool readable);
void stdin_close(struct supervision *s);
