#include "supervision.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

void stdin_close(struct supervision *s)
{
	struct container *container = s->container;
	if (s->is_pty) {
		/* A terminal has no end of file of its own: the program hears the end-of-file character. */
		if (container->pty >= 0)
			(void)!write(container->pty, "\4", 1);
		s->in.from = -1;
		s->in.ended = false;
		return;
	}
	s->in.from = -1;
	s->in.to = -1;
	if (container->stdio_parent[0] >= 0)
		close(take_fd(&container->stdio_parent[0]));
}

void flow_poll(struct pollfd *from, struct pollfd *to, const struct flow *flow)
{
	from->fd = to->fd = -1;
	if (!flow_is_empty(flow)) {
		to->fd = flow->to;
		to->events = POLLOUT;
	} else if (flow->from >= 0 && !flow->ended) {
		from->fd = flow->from;
		from->events = POLLIN;
	}
}

/* Nobody takes it any more, or its disk is full: what that means for the container is the owner's to decide. */
static void output_lost(struct supervision *s, struct flow *flow, int stream)
{
	struct json json;
	int number = errno;
	flow->to = -1;
	json_begin(&json, "output-lost");
	json_number(&json, "stream", stream);
	json_number(&json, "errno", number);
	json_send(s->container->run, &json);
}

void output_pass(struct supervision *s, struct flow *flow, int stream, bool readable)
{
	if (readable && !flow_fill(flow)) {
		if (s->monitor)
			monitor_output_end(s->monitor, stream);
		return;
	}
	if (s->monitor && !flow_is_empty(flow)) {
		monitor_output(s->monitor, stream, flow->buffer + flow->start, flow->end - flow->start);
		flow->start = flow->end;
	} else if (!flow_drain(flow)) {
		output_lost(s, flow, stream);
	}
}

void input_pass(struct supervision *s, bool readable)
{
	struct flow *flow = &s->in;
	if (readable && !flow_fill(flow)) {
		stdin_close(s);
		return;
	}
	if (!flow_drain(flow)) {
		stdin_close(s);
		return;
	}
	if (flow->ended && flow_is_empty(flow))
		stdin_close(s);
}

void output_drain(struct supervision *s, struct flow *flow, int stream)
{
	if (flow->from < 0)
		return;
	fcntl(flow->from, F_SETFL, O_NONBLOCK | (s->is_pty ? O_RDWR : O_RDONLY));
	for (;;) {
		if (flow_is_empty(flow) && !flow->ended) {
			size_t before = flow->end;
			if (!flow_fill(flow) || (flow_is_empty(flow) && flow->end <= before))
				break;
		}
		if (flow_is_empty(flow))
			break; /* its end was seen before */
		if (s->monitor) {
			output_pass(s, flow, stream, false);
			continue;
		}
		struct pollfd wait = { .fd = flow->to, .events = POLLOUT };
		if (flow->to >= 0 && poll(&wait, 1, -1) < 0 && errno != EINTR)
			break;
		if (!flow_drain(flow)) {
			output_lost(s, flow, stream);
			break;
		}
	}
	if (s->monitor)
		monitor_output_end(s->monitor, stream);
}

void streams_leave(struct supervision *s)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		if (null >= 0)
			dup2(null, fd);
	s->in.from = -1;
	s->out.to = s->err.to = -1;
	s->out.start = s->out.end;
	s->err.start = s->err.end;
}

void flows_begin(struct supervision *s)
{
	struct container *container = s->container;
	enum stdio_mode mode = container->config.stdio;
	flow_begin(&s->in, -1, -1);
	flow_begin(&s->out, -1, s->monitor ? -1 : 1);
	flow_begin(&s->err, -1, s->monitor ? -1 : 2);
	if (container->stdio_parent[0] >= 0) {
		flow_begin(&s->in, s->monitor ? -1 : 0, container->stdio_parent[0]);
		s->in.kind = SINK_SOCKET == s->in.kind ? SINK_SOCKET : SINK_OTHER;
	} else if (mode == STDIO_PTY) {
		s->in.from = s->monitor ? -1 : 0;
	}
	s->out.from = container->stdio_parent[1];
	s->err.from = container->stdio_parent[2];
}
