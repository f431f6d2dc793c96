/* Links: what a namespace has of network devices. */
#include "net_message.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define CREATE (NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK)

static const struct ifinfomsg no_link = { .ifi_family = AF_UNSPEC };

static void hear_index(void *context, const struct nlmsghdr *answer)
{
	const struct ifinfomsg *link = (const void *)(answer + 1);
	if (answer->nlmsg_type == RTM_NEWLINK && answer->nlmsg_len >= sizeof *answer + sizeof *link)
		*(uint32_t *)context = (uint32_t)link->ifi_index;
}

int net_link_index(struct net *net, const char *link, uint32_t *index)
{
	struct net_message message;
	*index = 0;
	net_begin(&message, RTM_GETLINK, 0, &no_link, sizeof no_link);
	net_put_text(&message, IFLA_IFNAME, link);
	if (net_talk(net, &message, hear_index, index) < 0)
		return net_fail(net, "RTM_GETLINK", "%s", link);
	return *index ? 0 : (errno = ENODEV, net_fail(net, "RTM_GETLINK", "%s", link));
}

int net_bridge(struct net *net, const struct record *record)
{
	const char *name = record->args[0].data;
	struct net_message message;
	net_begin(&message, RTM_NEWLINK, CREATE, &no_link, sizeof no_link);
	net_put_text(&message, IFLA_IFNAME, name);
	size_t info = net_nest(&message, IFLA_LINKINFO, NULL, 0);
	net_put_text(&message, IFLA_INFO_KIND, "bridge");
	net_nest_end(&message, info);
	return net_talk(net, &message, NULL, NULL) < 0 ? net_fail(net, "RTM_NEWLINK", "bridge %s", name) : 0;
}

int net_veth(struct net *net, const struct record *record)
{
	const char *name = record->args[0].data, *peer = record->args[1].data;
	const struct net_space *space = record->argc > 2 ? net_space_of(net, record->args[2].data) : net->here;
	struct net_message message;
	if (!space)
		return EXIT_CONFIG;
	net_begin(&message, RTM_NEWLINK, CREATE, &no_link, sizeof no_link);
	net_put_text(&message, IFLA_IFNAME, name);
	size_t info = net_nest(&message, IFLA_LINKINFO, NULL, 0);
	net_put_text(&message, IFLA_INFO_KIND, "veth");
	size_t data = net_nest(&message, IFLA_INFO_DATA, NULL, 0);
	size_t other = net_nest(&message, VETH_INFO_PEER, &no_link, sizeof no_link);
	net_put_text(&message, IFLA_IFNAME, peer);
	/* Made where it belongs: a link that is moved later is seen, and may be in the way, here for a moment. */
	net_put_u32(&message, IFLA_NET_NS_FD, (uint32_t)space->fd);
	net_nest_end(&message, other);
	net_nest_end(&message, data);
	net_nest_end(&message, info);
	return net_talk(net, &message, NULL, NULL) < 0 ? net_fail(net, "RTM_NEWLINK", "veth %s and %s", name, peer) : 0;
}

/* By its number, because a name in the message can mean a new one. */
static int change(
	struct net *net, const char *name, uint16_t attribute, const void *data, size_t size, const char *what)
{
	struct ifinfomsg link = no_link;
	struct net_message message;
	uint32_t index;
	int failed = net_link_index(net, name, &index);
	if (failed)
		return failed;
	link.ifi_index = (int)index;
	net_begin(&message, RTM_SETLINK, NLM_F_ACK, &link, sizeof link);
	net_put(&message, attribute, data, size);
	return net_talk(net, &message, NULL, NULL) < 0 ? net_fail(net, "RTM_SETLINK", "%s %s", name, what) : 0;
}

int net_move(struct net *net, const struct record *record)
{
	const struct net_space *space = net_space_of(net, record->args[1].data);
	if (!space)
		return EXIT_CONFIG;
	return change(
		net, record->args[0].data, IFLA_NET_NS_FD, &space->fd, sizeof space->fd, "into another namespace");
}

int net_rename(struct net *net, const struct record *record)
{
	const struct arg *name = &record->args[1];
	return change(net, record->args[0].data, IFLA_IFNAME, name->data, name->size + 1, name->data);
}

int net_mac(struct net *net, const struct record *record)
{
	const struct arg *mac = &record->args[1];
	return change(net, record->args[0].data, IFLA_ADDRESS, mac->data, mac->size, "hardware address");
}

int net_mtu(struct net *net, const struct record *record)
{
	uint32_t mtu;
	int failed = record_u32(net->run, record, 1, &mtu);
	return failed ? failed : change(net, record->args[0].data, IFLA_MTU, &mtu, sizeof mtu, "mtu");
}

int net_master(struct net *net, const struct record *record)
{
	const char *master = record->args[1].data;
	uint32_t index = 0;
	int failed = *master ? net_link_index(net, master, &index) : 0;
	return failed ? failed : change(net, record->args[0].data, IFLA_MASTER, &index, sizeof index, master);
}

static int set_state(struct net *net, const char *name, unsigned flags)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_change = IFF_UP, .ifi_flags = flags };
	struct net_message message;
	net_begin(&message, RTM_SETLINK, NLM_F_ACK, &link, sizeof link);
	net_put_text(&message, IFLA_IFNAME, name);
	return net_talk(net, &message, NULL, NULL) < 0
		       ? net_fail(net, "RTM_SETLINK", "%s %s", name, flags ? "up" : "down")
		       : 0;
}

int net_up(struct net *net, const struct record *record)
{
	return set_state(net, record->args[0].data, IFF_UP);
}

int net_down(struct net *net, const struct record *record)
{
	return set_state(net, record->args[0].data, 0);
}

int net_delete(struct net *net, const struct record *record)
{
	const char *name = record->args[0].data;
	struct net_message message;
	net_begin(&message, RTM_DELLINK, NLM_F_ACK, &no_link, sizeof no_link);
	net_put_text(&message, IFLA_IFNAME, name);
	return net_talk(net, &message, NULL, NULL) < 0 ? net_fail(net, "RTM_DELLINK", "%s", name) : 0;
}
