#include "sync.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int sync_send(int socket, char message, int fd)
{
	struct iovec bytes = { .iov_base = &message, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };
	if (fd >= 0) {
		packet.msg_control = &control;
		packet.msg_controllen = sizeof control;
		struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	ssize_t n;
	do
		n = sendmsg(socket, &packet, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int sync_receive(int socket, char *message, int *fd)
{
	struct iovec bytes = { .iov_base = message, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr packet = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
	};
	ssize_t n;
	do
		n = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (fd)
		*fd = -1;
	if (n <= 0)
		return (int)n;
	struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
	if (fd && header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	return 1;
}
