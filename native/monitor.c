#include "syscalls.h"

#include "monitor.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static int listen_at(struct run *run, const char *path, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path)
		return errno = ENAMETOOLONG, fail(run, "bind", "%s", path);
	strcpy(address.sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return fail(run, "socket", "AF_UNIX");
	/* Attaching is typing into the container: the owner alone. */
	mode_t mask = umask(0177);
	unlink(path);
	int failed = bind(*fd, (struct sockaddr *)&address, sizeof address) < 0 ? fail(run, "bind", "%s", path) : 0;
	umask(mask);
	if (!failed && listen(*fd, MONITOR_CLIENTS) < 0)
		failed = fail(run, "listen", "%s", path);
	return failed;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int monitor_begin(struct monitor *monitor, struct container *container, struct flow *in)
{
	struct run *run = container->run;
	struct config *config = &container->config;
	*monitor = (struct monitor){ .container = container, .in = in, .log.fd = -1, .listener = -1 };
	for (int i = 0; i < MONITOR_CLIENTS; i++)
		monitor->clients[i].fd = -1;
	run->stage = "monitor";
	if (config->attach_socket && config->wait_client)
		monitor->awaits_until = now_ms() + config->wait_client;
	int failed = config->log_file ? log_open(&monitor->log, run, config->log_file) : 0;
	if (failed)
		return failed;
	return config->attach_socket ? listen_at(run, config->attach_socket, &monitor->listener) : 0;
}

void monitor_output(struct monitor *monitor, int stream, const char *data, size_t size)
{
	log_output(&monitor->log, stream, data, size);
	char head[5] = { (char)stream, (char)(size & 0xff), (char)(size >> 8 & 0xff), (char)(size >> 16 & 0xff),
		(char)(size >> 24 & 0xff) };
	bool keep_all = monitor->container->config.wait_client > 0;
	for (int i = 0; i < MONITOR_CLIENTS; i++) {
		struct client *client = &monitor->clients[i];
		client_queue(client, head, sizeof head, keep_all);
		client_queue(client, data, size, keep_all);
		if (client->fd >= 0)
			client_flush(client);
	}
}

void monitor_output_end(struct monitor *monitor, int stream)
{
	log_rest(&monitor->log, stream);
}

bool monitor_holds(struct monitor *monitor)
{
	if (monitor->awaits_until && now_ms() < monitor->awaits_until)
		return true;
	monitor->awaits_until = 0;
	for (int i = 0; monitor->container->config.wait_client && i < MONITOR_CLIENTS; i++)
		if (monitor->clients[i].fd >= 0 && monitor->clients[i].out_size > CLIENT_MAX_WAITING / 2)
			return true;
	return false;
}

int monitor_timeout(const struct monitor *monitor)
{
	if (!monitor->awaits_until)
		return -1;
	int64_t left = monitor->awaits_until - now_ms();
	return left > 0 ? (int)left : 0;
}

static void accept_client(struct monitor *monitor);

void monitor_await(struct monitor *monitor)
{
	while (monitor->awaits_until) {
		struct pollfd wait = { .fd = monitor->listener, .events = POLLIN };
		int n = poll(&wait, 1, monitor_timeout(monitor));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		accept_client(monitor);
	}
}

static void accept_client(struct monitor *monitor)
{
	int fd = accept4(monitor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (int i = 0; i < MONITOR_CLIENTS; i++) {
		if (monitor->clients[i].fd >= 0)
			continue;
		monitor->clients[i] = (struct client){ .fd = fd };
		monitor->awaits_until = 0;
		return;
	}
	close(fd); /* too many */
}

size_t monitor_poll(struct monitor *monitor, struct pollfd *set)
{
	bool may_read = monitor_stdin_room(monitor) > 0;
	set[0] = (struct pollfd){ .fd = monitor->listener, .events = POLLIN };
	for (int i = 0; i < MONITOR_CLIENTS; i++) {
		const struct client *client = &monitor->clients[i];
		set[1 + i] = (struct pollfd){ .fd = client->fd,
			.events = (short)((may_read ? POLLIN : 0) | (client->out_size ? POLLOUT : 0)) };
	}
	return MONITOR_SLOTS;
}

void monitor_serve(struct monitor *monitor, const struct pollfd *set)
{
	for (int i = 0; i < MONITOR_CLIENTS; i++) {
		struct client *client = &monitor->clients[i];
		short happened = set[1 + i].revents;
		/* A slot may have changed hands since the poll. */
		if (client->fd < 0 || client->fd != set[1 + i].fd)
			continue;
		if (happened & POLLOUT)
			client_flush(client);
		if (client->fd >= 0 && (happened & (POLLIN | POLLHUP | POLLERR)))
			monitor_read_client(monitor, client);
	}
	if (set[0].revents)
		accept_client(monitor);
}

/* From now on nobody has to hold our report: the caller goes its way. */
void monitor_started(struct monitor *monitor)
{
	struct run *run = monitor->container->run;
	int told = take_fd(&monitor->container->monitor_started);
	if (told < 0)
		return;
	if (run->report_fd >= 0)
		close(run->report_fd);
	if (run->control_fd >= 0 && run->control_fd != run->report_fd)
		close(run->control_fd);
	run->report_fd = run->control_fd = -1;
	/* Nor our standard streams: somebody may wait for their end. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	(void)!chdir("/");
	(void)!write(told, "s", 1);
	close(told);
}

/* Whole or not at all: temporary name, fsync, rename. */
void monitor_exit(struct monitor *monitor, const struct json *report)
{
	const char *path = monitor->container->config.exit_file;
	char temporary[PATH_MAX];
	if (!path || snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
		return;
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return;
	log_write(fd, report->data, report->size);
	log_write(fd, "}\n", 2);
	fsync(fd);
	close(fd);
	rename(temporary, path);
}

void monitor_end(struct monitor *monitor)
{
	for (int i = 0; i < MONITOR_CLIENTS; i++) {
		struct client *client = &monitor->clients[i];
		/* A moment for what is still on its way, not more: the exit is already known. Who was promised all of
		 * it gets it however long he takes; when he dies, the socket says so. */
		bool patient = monitor->container->config.wait_client > 0;
		for (int round = 0; client->fd >= 0 && client->out_size > 0 && (patient || round < 20); round++) {
			struct pollfd wait = { .fd = client->fd, .events = POLLOUT };
			if (poll(&wait, 1, patient ? -1 : 100) <= 0 && errno != EINTR)
				break;
			client_flush(client);
		}
		if (client->fd >= 0)
			client_drop(client);
	}
	if (monitor->listener >= 0) {
		unlink(monitor->container->config.attach_socket);
		close(monitor->listener);
	}
	log_close(&monitor->log);
}
