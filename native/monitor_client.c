/* What attached clients send: frames of stdin and of control lines. */
#include "syscalls.h"

#include "monitor.h"

#include "control.h"
#include "pty.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Frame types: from us the stream's number, from the client these. */
enum { FRAME_STDIN = 0, FRAME_CONTROL = 1, FRAME_STDIN_END = 2 };

static void obey(struct monitor *monitor, char *line)
{
	struct container *container = monitor->container;
	struct command command;
	control_parse(line, &command);
	if (command.kind == COMMAND_SIGNAL)
		sys_pidfd_send_signal(container->pidfd, command.signal);
	else if (command.kind == COMMAND_RESIZE && container->pty >= 0)
		pty_resize(container->pty, command.rows, command.columns);
	else if (command.kind == COMMAND_STDIN_END)
		monitor->in->ended = true;
}

size_t monitor_stdin_room(const struct monitor *monitor)
{
	const struct flow *in = monitor->in;
	if (in->to < 0 || in->ended)
		return SIZE_MAX; /* what arrives is dropped */
	return in->start == in->end ? FLOW_CAPACITY : FLOW_CAPACITY - in->end;
}

static void take_body(struct monitor *monitor, struct client *client, const char *data, size_t size)
{
	if (client->head[0] == FRAME_STDIN) {
		struct flow *in = monitor->in;
		if (in->to < 0 || in->ended)
			return;
		flow_put(in, data, size);
		return;
	}
	if (client->head[0] == FRAME_CONTROL && client->line_size + size < sizeof client->line) {
		memcpy(client->line + client->line_size, data, size);
		client->line_size += size;
	}
}

static void end_frame(struct monitor *monitor, struct client *client)
{
	if (client->head[0] == FRAME_CONTROL) {
		while (client->line_size > 0 && client->line[client->line_size - 1] == '\n')
			client->line_size--;
		client->line[client->line_size] = '\0';
		obey(monitor, client->line);
	} else if (client->head[0] == FRAME_STDIN_END) {
		monitor->in->ended = true;
	}
	client->head_size = client->line_size = 0;
}

void monitor_read_client(struct monitor *monitor, struct client *client)
{
	char data[4096];
	size_t room = monitor_stdin_room(monitor);
	size_t want = room < sizeof data ? room : sizeof data;
	if (want == 0)
		return;
	ssize_t n = recv(client->fd, data, want, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		client_drop(client);
		return;
	}
	for (size_t at = 0, size = (size_t)n; at < size;) {
		if (client->head_size < sizeof client->head) {
			client->head[client->head_size++] = data[at++];
			if (client->head_size < sizeof client->head)
				continue;
			const unsigned char *h = (const unsigned char *)client->head;
			client->body_left =
				(uint32_t)h[1] | (uint32_t)h[2] << 8 | (uint32_t)h[3] << 16 | (uint32_t)h[4] << 24;
		}
		size_t part = size - at < client->body_left ? size - at : client->body_left;
		take_body(monitor, client, data + at, part);
		at += part;
		client->body_left -= (uint32_t)part;
		if (client->body_left == 0)
			end_frame(monitor, client);
	}
}
