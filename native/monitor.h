/* Mode monitor: the container's output goes to a log file and to attached clients. */
#pragma once

#include "client.h"
#include "container.h"
#include "log.h"
#include "relay.h"

#include <poll.h>

#define MONITOR_CLIENTS 16
/* The listening socket and the clients. */
#define MONITOR_SLOTS (1 + MONITOR_CLIENTS)

struct monitor {
	struct container *container;
	struct flow *in;
	struct log log;
	int listener;
	int64_t awaits_until; /* ms of CLOCK_MONOTONIC: nobody has been attached so far; 0: somebody was, or the time is
				 over */
	struct client clients[MONITOR_CLIENTS];
};

/* Opens the log and the socket. `in` leads to the container's stdin. 0, or an exit code after an error report. */
int monitor_begin(struct monitor *monitor, struct container *container, struct flow *in);

/* The container runs: lets go of the caller. */
void monitor_started(struct monitor *monitor);

/* True while output is to stay in its pipes: whoever attaches first shall see it from the beginning, and who was
 * promised all of it (wait-client) holds the container back when he is slow, as a pipe does. */
bool monitor_holds(struct monitor *monitor);
/* For poll: ms until that may change by itself, or -1. */
int monitor_timeout(const struct monitor *monitor);
/* The container has ended: gives who is to come the rest of his time. */
void monitor_await(struct monitor *monitor);

/* Fills MONITOR_SLOTS entries of a poll set, and serves them afterwards. */
size_t monitor_poll(struct monitor *monitor, struct pollfd *set);
void monitor_serve(struct monitor *monitor, const struct pollfd *set);

/* monitor_client.c: room in the buffer towards the container's stdin; while there is none, clients are not read. */
size_t monitor_stdin_room(const struct monitor *monitor);
void monitor_read_client(struct monitor *monitor, struct client *client);

/* Bytes of stream 1 or 2; its end, where a last line without a newline is logged. */
void monitor_output(struct monitor *monitor, int stream, const char *data, size_t size);
void monitor_output_end(struct monitor *monitor, int stream);

/* Keeps the (unfinished) exit report on disk. */
void monitor_exit(struct monitor *monitor, const struct json *report);
void monitor_end(struct monitor *monitor);
