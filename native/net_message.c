#include "net_message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ALIGN(size) (((size) + 3) & ~(size_t)3)

static void append(struct net_message *message, const void *data, size_t size)
{
	size_t at = message->header.nlmsg_len;
	if (ALIGN(at + size) > sizeof message->room) {
		message->overflowed = true;
		return;
	}
	if (size)
		memcpy(message->room + at, data, size);
	memset(message->room + at + size, 0, ALIGN(at + size) - at - size);
	message->header.nlmsg_len = (uint32_t)ALIGN(at + size);
}

void net_begin(struct net_message *message, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	message->overflowed = false;
	message->header = (struct nlmsghdr){
		.nlmsg_len = sizeof message->header, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags
	};
	append(message, body, size);
}

void net_put(struct net_message *message, uint16_t type, const void *data, size_t size)
{
	struct nlattr attribute = { .nla_len = (uint16_t)(sizeof attribute + size), .nla_type = type };
	if (size > sizeof message->room) {
		message->overflowed = true;
		return;
	}
	append(message, &attribute, sizeof attribute);
	append(message, data, size);
}

void net_put_text(struct net_message *message, uint16_t type, const char *text)
{
	net_put(message, type, text, strlen(text) + 1);
}

void net_put_u32(struct net_message *message, uint16_t type, uint32_t value)
{
	net_put(message, type, &value, sizeof value);
}

size_t net_nest(struct net_message *message, uint16_t type, const void *body, size_t size)
{
	size_t start = message->header.nlmsg_len;
	net_put(message, type, body, size);
	return start;
}

void net_nest_end(struct net_message *message, size_t start)
{
	if (!message->overflowed)
		((struct nlattr *)(void *)(message->room + start))->nla_len =
			(uint16_t)(message->header.nlmsg_len - start);
}

const void *net_data(const struct nlattr *attribute)
{
	return attribute + 1;
}

size_t net_size(const struct nlattr *attribute)
{
	return attribute->nla_len - sizeof *attribute;
}

void net_attributes(const void *data, size_t size, size_t skip, const struct nlattr **attributes, uint16_t most)
{
	memset(attributes, 0, (most + 1u) * sizeof *attributes);
	for (size_t at = ALIGN(skip); at + sizeof(struct nlattr) <= size;) {
		const struct nlattr *attribute = (const void *)((const char *)data + at);
		if (attribute->nla_len < sizeof *attribute || at + attribute->nla_len > size)
			return;
		uint16_t type = attribute->nla_type & NLA_TYPE_MASK;
		if (type <= most)
			attributes[type] = attribute;
		at += ALIGN(attribute->nla_len);
	}
}

/* In the current namespace: a socket belongs to the one it was made in. */
static int open_socket(struct net *net)
{
	int on = 1;
	if (net->here->socket >= 0)
		return 0;
	net->here->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (net->here->socket < 0)
		return -1;
	/* Words beside the errno, where the kernel has them; without our own message sent back. */
	setsockopt(net->here->socket, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
	setsockopt(net->here->socket, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
	return 0;
}

/* -1 and errno when it is a refusal. */
static int take_verdict(struct net *net, const struct nlmsghdr *answer)
{
	const struct nlmsgerr *verdict = (const void *)(answer + 1);
	const struct nlattr *words[NLMSGERR_ATTR_MSG + 1];
	if (answer->nlmsg_len < sizeof *answer + sizeof *verdict)
		return errno = EBADMSG, -1;
	if (verdict->error == 0)
		return 0;
	if (answer->nlmsg_flags & NLM_F_ACK_TLVS) {
		net_attributes(answer, answer->nlmsg_len, sizeof *answer + sizeof *verdict, words, NLMSGERR_ATTR_MSG);
		if (words[NLMSGERR_ATTR_MSG])
			snprintf(net->reason, sizeof net->reason, ": %.*s", (int)net_size(words[NLMSGERR_ATTR_MSG]),
				(const char *)net_data(words[NLMSGERR_ATTR_MSG]));
	}
	errno = -verdict->error;
	return -1;
}

int net_talk(struct net *net, struct net_message *message, net_hear *hear, void *context)
{
	static union {
		struct nlmsghdr header;
		char room[32 * 1024]; /* the kernel cuts long answers into pieces of at most this size */
	} answer;
	bool several = message->header.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK);
	net->reason[0] = '\0';
	if (message->overflowed)
		return errno = ENAMETOOLONG, -1;
	if (open_socket(net) < 0)
		return -1;
	message->header.nlmsg_seq = ++net->sequence;
	if (send(net->here->socket, message->room, message->header.nlmsg_len, 0) < 0)
		return -1;
	for (;;) {
		ssize_t size = recv(net->here->socket, answer.room, sizeof answer.room, 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -1;
		size_t left = (size_t)size;
		for (const struct nlmsghdr *at = &answer.header; left >= sizeof *at;
			at = (const void *)((const char *)at + ALIGN(at->nlmsg_len))) {
			if (at->nlmsg_len < sizeof *at || at->nlmsg_len > left)
				return errno = EBADMSG, -1;
			left -= ALIGN(at->nlmsg_len) < left ? ALIGN(at->nlmsg_len) : left;
			if (at->nlmsg_seq != net->sequence)
				continue;
			if (at->nlmsg_type == NLMSG_ERROR)
				return take_verdict(net, at);
			if (at->nlmsg_type == NLMSG_DONE)
				return 0;
			if (hear)
				hear(context, at);
			if (!several)
				return 0;
		}
	}
}

int net_fail(struct net *net, const char *call, const char *object, ...)
{
	char text[300];
	int number = errno;
	va_list list;
	va_start(list, object);
	vsnprintf(text, sizeof text, object, list);
	va_end(list);
	errno = number;
	if (number == EOPNOTSUPP && strcmp(call, "RTM_NEWLINK") == 0)
		return fail_lacks(net->run, "the network device %s%s", text, net->reason);
	return *net->here->name ? fail(net->run, call, "%s (in %s)%s", text, net->here->name, net->reason)
				: fail(net->run, call, "%s%s", text, net->reason);
}
