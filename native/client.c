#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void client_drop(struct client *client)
{
	close(client->fd);
	free(client->out);
	*client = (struct client){ .fd = -1 };
}

void client_flush(struct client *client)
{
	while (client->out_size > 0) {
		ssize_t n = send(client->fd, client->out, client->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			client_drop(client);
			return;
		}
		client->out_size -= (size_t)n;
		memmove(client->out, client->out + n, client->out_size);
	}
}

void client_queue(struct client *client, const char *data, size_t size, bool keep_all)
{
	if (client->fd < 0)
		return;
	size_t need = client->out_size + size;
	if (need > CLIENT_MAX_WAITING && !keep_all) {
		client_drop(client);
		return;
	}
	if (need > client->out_capacity) {
		size_t capacity = need * 2;
		char *grown = realloc(client->out, capacity);
		if (!grown) {
			client_drop(client);
			return;
		}
		client->out = grown;
		client->out_capacity = capacity;
	}
	memcpy(client->out + client->out_size, data, size);
	client->out_size = need;
}
