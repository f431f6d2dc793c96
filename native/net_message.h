/* One rtnetlink message: built by hand, sent, answered. */
#pragma once

#include "net.h"

#include <linux/netlink.h>

struct net_message {
	union {
		struct nlmsghdr header;
		char room[1024];
	};
	bool overflowed; /* told when it is sent, so that nobody has to look at every attribute */
};

/* A message of `type` (RTM_*) with `flags` (NLM_F_*) and its fixed part. */
void net_begin(struct net_message *message, uint16_t type, uint16_t flags, const void *body, size_t size);
/* An attribute behind what is there. */
void net_put(struct net_message *message, uint16_t type, const void *data, size_t size);
void net_put_text(struct net_message *message, uint16_t type, const char *text);
void net_put_u32(struct net_message *message, uint16_t type, uint32_t value);
/* Attributes put between the two are inside the attribute `type`; `body` is a fixed part before them. */
size_t net_nest(struct net_message *message, uint16_t type, const void *body, size_t size);
void net_nest_end(struct net_message *message, size_t start);

/* Called with each message of an answer. */
typedef void net_hear(void *context, const struct nlmsghdr *answer);

/* Sends and waits for the whole answer. 0, or -1 with errno; `net->reason` may then say more. */
int net_talk(struct net *net, struct net_message *message, net_hear *hear, void *context);

/* The attributes of an answer behind `skip` bytes of its fixed part, by type; those above `most` are left out. */
void net_attributes(const void *data, size_t size, size_t skip, const struct nlattr **attributes, uint16_t most);
const void *net_data(const struct nlattr *attribute);
size_t net_size(const struct nlattr *attribute);

/* Reports a refused message: the operation, what it was about, and the kernel's own words. Returns the exit code. */
int net_fail(struct net *net, const char *call, const char *object, ...) __attribute__((format(printf, 3, 4)));
