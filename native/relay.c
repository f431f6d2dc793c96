#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a pipe or a terminal that is "writable" takes without blocking. */
#define ATOMIC 4096

void flow_begin(struct flow *flow, int from, int to)
{
	struct stat st;
	*flow = (struct flow){ .from = from, .to = to, .kind = SINK_OTHER };
	/* We lend these from our caller: O_NONBLOCK would change them for everybody who shares them. */
	if (to >= 0 && fstat(to, &st) == 0)
		flow->kind = S_ISSOCK(st.st_mode) ? SINK_SOCKET : S_ISFIFO(st.st_mode) ? SINK_PIPE : SINK_OTHER;
}

bool flow_is_empty(const struct flow *flow)
{
	return flow->start == flow->end;
}

bool flow_fill(struct flow *flow)
{
	if (!flow->buffer && !(flow->buffer = malloc(FLOW_CAPACITY)))
		return false;
	if (flow->start == flow->end)
		flow->start = flow->end = 0;
	if (flow->end == FLOW_CAPACITY)
		return true;
	ssize_t n = read(flow->from, flow->buffer + flow->end, FLOW_CAPACITY - flow->end);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	/* EIO is how a terminal's master learns that nobody has the other side open. */
	if (n <= 0) {
		flow->ended = true;
		return false;
	}
	flow->end += (size_t)n;
	return true;
}

void flow_put(struct flow *flow, const char *data, size_t size)
{
	if (!flow->buffer && !(flow->buffer = malloc(FLOW_CAPACITY)))
		return;
	if (flow->start == flow->end)
		flow->start = flow->end = 0;
	if (size > FLOW_CAPACITY - flow->end)
		size = FLOW_CAPACITY - flow->end;
	memcpy(flow->buffer + flow->end, data, size);
	flow->end += size;
}

bool flow_drain(struct flow *flow)
{
	while (flow->start < flow->end) {
		size_t size = flow->end - flow->start;
		const char *data = flow->buffer + flow->start;
		ssize_t n;
		if (flow->to < 0)
			n = (ssize_t)size;
		else if (flow->kind == SINK_SOCKET)
			n = send(flow->to, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			n = write(flow->to, data, size > ATOMIC ? ATOMIC : size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			/* Nobody reads any more: the container must not hang on it. */
			flow->start = flow->end;
			return false;
		}
		flow->start += (size_t)n;
		if (flow->kind == SINK_PIPE || flow->kind == SINK_OTHER)
			return true; /* it may be full now; poll says when it goes on */
	}
	return true;
}

void flow_free(struct flow *flow)
{
	free(flow->buffer);
	flow->buffer = NULL;
}
