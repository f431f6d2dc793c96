#include "handover.h"

#include "sync.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Descriptors in one message; the kernel takes 253. */
#define MOST 64

struct item {
	uint32_t slot;
	uint32_t is_folder;
};

struct packet {
	char message;
	struct item items[MOST];
	int fds[MOST];
	uint32_t count;
};

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(MOST * sizeof(int))];
};

/* Slot 0 is the root, then the control groups, then the mounts: the same order at both ends. */
static size_t slot_count(const struct container *container)
{
	return 1 + container->config.cgroup_joins.count + container->config.mount_count;
}

static int *slot_fd(struct container *container, size_t slot)
{
	size_t groups = container->config.cgroup_joins.count;
	if (slot == 0)
		return &container->root_tree;
	if (slot <= groups)
		return &container->cgroup_procs[slot - 1];
	return &container->config.mounts[slot - 1 - groups].tree;
}

static struct mount *slot_mount(struct container *container, size_t slot)
{
	size_t groups = container->config.cgroup_joins.count;
	return slot > groups ? &container->config.mounts[slot - 1 - groups] : NULL;
}

static int send_packet(int socket, struct packet *packet)
{
	struct iovec parts[2] = { { &packet->message, 1 }, { packet->items, packet->count * sizeof *packet->items } };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	if (packet->count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(packet->count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(packet->count * sizeof(int));
		memcpy(CMSG_DATA(header), packet->fds, packet->count * sizeof(int));
	}
	ssize_t n;
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	packet->count = 0;
	return n < 0 ? -1 : 0;
}

int handover_send(struct container *container)
{
	struct packet packet = { .message = SYNC_MORE };
	for (size_t slot = 0; slot < slot_count(container); slot++) {
		/* Opened before the clone: it has them. */
		if (slot > 0 && slot <= container->config.cgroup_joins.count && !container->cgroup_later[slot - 1])
			continue;
		int fd = *slot_fd(container, slot);
		if (fd < 0)
			continue;
		if (packet.count == MOST && send_packet(container->sync[0], &packet) < 0)
			return -1;
		struct mount *mount = slot_mount(container, slot);
		packet.items[packet.count] = (struct item){ (uint32_t)slot, mount ? mount->tree_is_folder : 0 };
		packet.fds[packet.count++] = fd;
	}
	packet.message = SYNC_GO;
	return send_packet(container->sync[0], &packet);
}

static int take(struct container *container, struct item item, int fd)
{
	if (item.slot >= slot_count(container))
		return -1;
	*slot_fd(container, item.slot) = fd;
	struct mount *mount = slot_mount(container, item.slot);
	if (mount)
		mount->tree_is_folder = item.is_folder;
	return 0;
}

int handover_receive(struct container *container)
{
	struct packet packet;
	do {
		struct iovec parts[2] = { { &packet.message, 1 }, { packet.items, sizeof packet.items } };
		union control control = { 0 };
		struct msghdr message = {
			.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control
		};
		ssize_t n;
		do
			n = recvmsg(container->sync[1], &message, MSG_CMSG_CLOEXEC);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return EXIT_SYSCALL;
		size_t count = ((size_t)n - 1) / sizeof *packet.items;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		size_t fds =
			header && header->cmsg_type == SCM_RIGHTS ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
		if (count != fds)
			return fail_config(container->run, "%zu of %zu descriptors arrived", fds, count);
		if (count)
			memcpy(packet.fds, CMSG_DATA(header), count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			if (take(container, packet.items[i], packet.fds[i]) < 0)
				return EXIT_CONFIG;
	} while (packet.message == SYNC_MORE);
	return packet.message == SYNC_GO ? 0 : EXIT_SYSCALL;
}
