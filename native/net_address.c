/* Addresses and routes, IPv4 and IPv6. */
#include "net.h"

#include "netlink.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <string.h>
#include <sys/socket.h>

struct ip {
	unsigned char family, prefix;
	unsigned char size;
	unsigned char bytes[16];
};

static int parse_ip(struct net *net, const char *text, const char *prefix, struct ip *ip)
{
	uint64_t number = 0;
	ip->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	ip->size = ip->family == AF_INET6 ? 16 : 4;
	if (inet_pton(ip->family, text, ip->bytes) != 1)
		return fail_config(net->run, "%s is no address", text);
	if (!parse_number(prefix, ip->size * 8u, &number))
		return fail_config(net->run, "%s/%s: no such prefix length", text, prefix);
	ip->prefix = (unsigned char)number;
	return 0;
}

/* `address-add LINK ADDRESS PREFIX` */
static int change_address(struct net *net, const struct record *record, uint16_t type, uint16_t flags)
{
	struct message message;
	struct ip ip;
	const char *link = net_text(record, 0), *text = net_text(record, 1);
	int failed = parse_ip(net, text, net_text(record, 2), &ip);
	if (failed)
		return failed;
	struct ifaddrmsg info = { .ifa_family = ip.family, .ifa_prefixlen = ip.prefix };
	/* Nobody else is on a network of ours: no second of waiting for a neighbour with the same address. */
	info.ifa_flags = ip.family == AF_INET6 ? IFA_F_NODAD : 0;
	info.ifa_index = net_link_index(net, link);
	if (!info.ifa_index)
		return EXIT_SYSCALL;
	message_begin(&message, type, flags, &info, sizeof info);
	message_add(&message, IFA_LOCAL, ip.bytes, ip.size);
	message_add(&message, IFA_ADDRESS, ip.bytes, ip.size);
	if (ip.family == AF_INET && ip.prefix <= 30) {
		unsigned char broadcast[4];
		for (int i = 0; i < 4; i++) {
			int kept = ip.prefix - i * 8;
			unsigned host = kept >= 8 ? 0 : kept <= 0 ? 0xff : 0xffu >> kept;
			broadcast[i] = (unsigned char)(ip.bytes[i] | host);
		}
		message_add(&message, IFA_BROADCAST, broadcast, sizeof broadcast);
	}
	return netlink_send(&message) < 0
		       ? fail(net->run, type == RTM_NEWADDR ? "RTM_NEWADDR" : "RTM_DELADDR", "%s on %s", text, link)
		       : 0;
}

int net_address_add(struct net *net, const struct record *record)
{
	return change_address(net, record, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
}

int net_address_remove(struct net *net, const struct record *record)
{
	return change_address(net, record, RTM_DELADDR, 0);
}

/* `route-add DESTINATION PREFIX [GATEWAY [LINK]]`; an empty GATEWAY is a route right to the link. */
static int change_route(struct net *net, const struct record *record, uint16_t type, uint16_t flags)
{
	struct message message;
	struct ip destination, gateway = { 0 };
	const char *text = net_text(record, 0), *via = net_text(record, 2), *link = net_text(record, 3);
	int failed = parse_ip(net, text, net_text(record, 1), &destination);
	if (!failed && *via)
		failed = parse_ip(net, via, "0", &gateway);
	if (failed)
		return failed;
	if (!*via && !*link)
		return fail_config(net->run, "route to %s: expected a gateway, a link or both", text);
	if (*via && gateway.family != destination.family)
		return fail_config(net->run, "route to %s: the gateway %s is of another family", text, via);
	struct rtmsg info = {
		.rtm_family = destination.family,
		.rtm_dst_len = destination.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = *via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	message_begin(&message, type, flags, &info, sizeof info);
	if (destination.prefix)
		message_add(&message, RTA_DST, destination.bytes, destination.size);
	if (*via)
		message_add(&message, RTA_GATEWAY, gateway.bytes, gateway.size);
	if (*link) {
		unsigned index = net_link_index(net, link);
		if (!index)
			return EXIT_SYSCALL;
		message_add_number(&message, RTA_OIF, index);
	}
	return netlink_send(&message) < 0 ? fail(net->run, type == RTM_NEWROUTE ? "RTM_NEWROUTE" : "RTM_DELROUTE",
						    "%s/%s via %s %s", text, net_text(record, 1), via, link)
					  : 0;
}

int net_route_add(struct net *net, const struct record *record)
{
	return change_route(net, record, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}

int net_route_remove(struct net *net, const struct record *record)
{
	return change_route(net, record, RTM_DELROUTE, 0);
}
