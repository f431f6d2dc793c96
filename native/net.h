/*
 * Mode net: a batch of changes to network namespaces, links, addresses and routes, carried out in order by rtnetlink.
 * The batch stops at the first error. Every operation happens in the namespace that the last `in` named.
 */
#pragma once

#include "run.h"

#define NET_SPACES_MAX 64

struct net_space {
	const char *name; /* "" is the one that we were started in */
	int fd;
	int socket; /* rtnetlink, opened inside; -1: not yet */
};

struct net {
	struct run *run;
	struct net_space spaces[NET_SPACES_MAX];
	size_t count;
	struct net_space *here;
	uint32_t sequence;
	char reason[120]; /* what the kernel said about the last refusal, beside the errno; "" nothing */
};

/* One operation. Its record's arguments are checked in number; those named as bytes in net.c may hold anything. */
typedef int net_operation(struct net *net, const struct record *record);

/* net_namespace.c */
net_operation net_pin, net_unpin, net_at, net_of, net_in, net_sysctl;
/* net_link.c */
net_operation net_bridge, net_veth, net_move, net_rename, net_mac, net_mtu, net_master, net_up, net_down, net_delete;
/* net_address.c */
net_operation net_address, net_address_delete;
/* net_route.c */
net_operation net_route, net_route_delete;
/* net_list.c */
net_operation net_links, net_addresses;

/* The namespace of a name; NULL after an error report. */
struct net_space *net_space_of(struct net *net, const char *name);
/* Runs in the namespace from now on. 0, or an exit code after an error report. */
int net_enter(struct net *net, const struct net_space *space);

/* The number of the link in the current namespace. 0, or an exit code after an error report. */
int net_link_index(struct net *net, const char *link, uint32_t *index);
