/* What is there: links and addresses of the current namespace, one report each. */
#include "net_address.h"
#include "net_message.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void put_text(struct json *json, const char *key, const struct nlattr *attribute)
{
	if (attribute)
		json_bytes(json, key, net_data(attribute), strnlen(net_data(attribute), net_size(attribute)));
}

static void put_u32(struct json *json, const char *key, const struct nlattr *attribute)
{
	uint32_t value;
	if (!attribute || net_size(attribute) < sizeof value)
		return;
	memcpy(&value, net_data(attribute), sizeof value);
	json_unsigned(json, key, value);
}

static void put_mac(struct json *json, const struct nlattr *attribute)
{
	char text[18];
	if (!attribute || net_size(attribute) != 6)
		return;
	const unsigned char *mac = net_data(attribute);
	snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	json_text(json, "mac", text);
}

static void hear_link(void *context, const struct nlmsghdr *answer)
{
	struct net *net = context;
	const struct ifinfomsg *link = (const void *)(answer + 1);
	const struct nlattr *found[IFLA_LINK_NETNSID + 1], *info[IFLA_INFO_KIND + 1] = { NULL };
	struct json json;
	if (answer->nlmsg_type != RTM_NEWLINK || answer->nlmsg_len < sizeof *answer + sizeof *link)
		return;
	net_attributes(answer, answer->nlmsg_len, sizeof *answer + sizeof *link, found, IFLA_LINK_NETNSID);
	if (found[IFLA_LINKINFO])
		net_attributes(net_data(found[IFLA_LINKINFO]), net_size(found[IFLA_LINKINFO]), 0, info, IFLA_INFO_KIND);
	json_begin(&json, "link");
	put_text(&json, "name", found[IFLA_IFNAME]);
	json_number(&json, "index", link->ifi_index);
	put_text(&json, "kind", info[IFLA_INFO_KIND]);
	put_mac(&json, found[IFLA_ADDRESS]);
	put_u32(&json, "mtu", found[IFLA_MTU]);
	put_u32(&json, "master", found[IFLA_MASTER]);
	/* The other end of a veth, by its number in its own namespace. */
	put_u32(&json, "peer", found[IFLA_LINK]);
	json_bool(&json, "up", link->ifi_flags & IFF_UP);
	json_bool(&json, "running", link->ifi_flags & IFF_RUNNING);
	json_send(net->run, &json);
}

static void hear_address(void *context, const struct nlmsghdr *answer)
{
	struct net *net = context;
	const struct ifaddrmsg *body = (const void *)(answer + 1);
	const struct nlattr *found[IFA_LOCAL + 1];
	struct json json;
	char text[NET_TEXT];
	if (answer->nlmsg_type != RTM_NEWADDR || answer->nlmsg_len < sizeof *answer + sizeof *body)
		return;
	net_attributes(answer, answer->nlmsg_len, sizeof *answer + sizeof *body, found, IFA_LOCAL);
	const struct nlattr *own = found[IFA_LOCAL] ? found[IFA_LOCAL] : found[IFA_ADDRESS];
	if (!own || net_size(own) != (body->ifa_family == AF_INET ? 4u : 16u))
		return;
	json_begin(&json, "address");
	json_unsigned(&json, "index", body->ifa_index);
	json_text(&json, "address", net_text(net_data(own), body->ifa_family, text));
	json_unsigned(&json, "prefix", body->ifa_prefixlen);
	json_send(net->run, &json);
}

int net_links(struct net *net, const struct record *record)
{
	struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
	struct net_message message;
	(void)record;
	net_begin(&message, RTM_GETLINK, NLM_F_DUMP, &body, sizeof body);
	return net_talk(net, &message, hear_link, net) < 0 ? net_fail(net, "RTM_GETLINK", "all links") : 0;
}

int net_addresses(struct net *net, const struct record *record)
{
	struct ifaddrmsg body = { .ifa_family = AF_UNSPEC };
	struct net_message message;
	(void)record;
	net_begin(&message, RTM_GETADDR, NLM_F_DUMP, &body, sizeof body);
	return net_talk(net, &message, hear_address, net) < 0 ? net_fail(net, "RTM_GETADDR", "all addresses") : 0;
}
