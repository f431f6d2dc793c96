/*
 * Mode net: a batch of changes to network namespaces, links, addresses and routes, in the order of the records. The
 * record `in` chooses the namespace for those that follow.
 */
#pragma once

#include "run.h"

struct net {
	struct run *run;
	int home; /* the namespace that we were started in */
};

/* One change. Its record's arguments are text without NUL, checked in number. */
typedef int net_change(struct net *net, const struct record *record);

/* net_space.c */
net_change net_space_make, net_space_remove, net_space_enter, net_space_sysctl;
/* net_link.c */
net_change net_link_add, net_link_remove, net_link_set;
/* net_address.c */
net_change net_address_add, net_address_remove, net_route_add, net_route_remove;

/* A record's argument; the mode has checked that it is there. */
const char *net_text(const struct record *record, uint32_t index);
/* Index of a link in the namespace that we are in, 0 after an error report. */
unsigned net_link_index(struct net *net, const char *name);
