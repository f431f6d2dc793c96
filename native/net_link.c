/* Links: bridges, veth pairs, and what may be set of any link. */
#include "net.h"

#include "cleanup.h"
#include "netlink.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static void begin(struct message *message, uint16_t type, uint16_t flags, const struct ifinfomsg *info)
{
	message_begin(message, type, flags, info, sizeof *info);
}

/* `link-add NAME veth PEER [NETNS-OF-THE-PEER]`: both ends at once, so that none is ever without the other. */
static int add_peer(struct net *net, const struct record *record, struct message *message, int *peer_space)
{
	struct ifinfomsg info = { 0 };
	const char *space = net_text(record, 3);
	if (record->argc < 3)
		return fail_config(net->run, "link-add %s veth: expected the name of its peer", net_text(record, 0));
	if (*space) {
		*peer_space = open(space, O_RDONLY | O_CLOEXEC);
		if (*peer_space < 0)
			return fail(net->run, "open", "%s", space);
	}
	size_t data = message_open(message, IFLA_INFO_DATA);
	size_t peer = message_open_with(message, VETH_INFO_PEER, &info, sizeof info);
	message_add_text(message, IFLA_IFNAME, net_text(record, 2));
	if (*space)
		message_add_number(message, IFLA_NET_NS_FD, (uint32_t)*peer_space);
	message_close(message, peer);
	message_close(message, data);
	return 0;
}

int net_link_add(struct net *net, const struct record *record)
{
	struct message message;
	struct ifinfomsg info = { 0 };
	const char *name = net_text(record, 0), *kind = net_text(record, 1);
	cleanup_close int peer_space = -1;
	bool is_veth = strcmp(kind, "veth") == 0;
	if (!is_veth && strcmp(kind, "bridge") != 0 && strcmp(kind, "dummy") != 0)
		return fail_config(net->run, "link-add %s: expected veth, bridge or dummy, found %s", name, kind);
	begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info);
	message_add_text(&message, IFLA_IFNAME, name);
	size_t about = message_open(&message, IFLA_LINKINFO);
	message_add_text(&message, IFLA_INFO_KIND, kind);
	int failed = is_veth ? add_peer(net, record, &message, &peer_space) : 0;
	if (failed)
		return failed;
	message_close(&message, about);
	return netlink_send(&message) < 0 ? fail(net->run, "RTM_NEWLINK", "%s (%s)", name, kind) : 0;
}

int net_link_remove(struct net *net, const struct record *record)
{
	struct message message;
	struct ifinfomsg info = { 0 };
	const char *name = net_text(record, 0);
	begin(&message, RTM_DELLINK, 0, &info);
	message_add_text(&message, IFLA_IFNAME, name);
	return netlink_send(&message) < 0 ? fail(net->run, "RTM_DELLINK", "%s", name) : 0;
}

static bool parse_mac(const char *text, unsigned char mac[6])
{
	unsigned parts[6];
	for (int i = 0; i < 6; i++) {
		int value = 0;
		for (int digit = 0; digit < 2; digit++) {
			static const char digits[] = "0123456789abcdef";
			const char *found = *text ? strchr(digits, *text | 0x20) : NULL;
			if (!found)
				return false;
			value = value * 16 + (int)(found - digits);
			text++;
		}
		parts[i] = (unsigned)value;
		if (*text++ != (i == 5 ? '\0' : ':'))
			return false;
	}
	for (int i = 0; i < 6; i++)
		mac[i] = (unsigned char)parts[i];
	return true;
}

/* `link-set NAME up|down|nomaster`, `link-set NAME name|master|mtu|mac|netns VALUE` */
int net_link_set(struct net *net, const struct record *record)
{
	struct run *run = net->run;
	struct message message;
	const char *name = net_text(record, 0), *what = net_text(record, 1), *value = net_text(record, 2);
	struct ifinfomsg info = { .ifi_index = (int)net_link_index(net, name) };
	cleanup_close int space = -1;
	uint64_t number;
	unsigned char mac[6];
	if (!info.ifi_index)
		return EXIT_SYSCALL;
	bool is_up = strcmp(what, "up") == 0;
	if (is_up || strcmp(what, "down") == 0) {
		info.ifi_change = IFF_UP;
		info.ifi_flags = is_up ? IFF_UP : 0;
	}
	begin(&message, RTM_NEWLINK, 0, &info);
	if (info.ifi_change) {
		/* nothing more */
	} else if (strcmp(what, "nomaster") == 0) {
		message_add_number(&message, IFLA_MASTER, 0);
	} else if (strcmp(what, "master") == 0) {
		unsigned master = net_link_index(net, value);
		if (!master)
			return EXIT_SYSCALL;
		message_add_number(&message, IFLA_MASTER, master);
	} else if (strcmp(what, "name") == 0) {
		message_add_text(&message, IFLA_IFNAME, value);
	} else if (strcmp(what, "mtu") == 0 && parse_number(value, 65535, &number)) {
		message_add_number(&message, IFLA_MTU, (uint32_t)number);
	} else if (strcmp(what, "mac") == 0 && parse_mac(value, mac)) {
		message_add(&message, IFLA_ADDRESS, mac, sizeof mac);
	} else if (strcmp(what, "netns") == 0) {
		if ((space = open(value, O_RDONLY | O_CLOEXEC)) < 0)
			return fail(run, "open", "%s", value);
		message_add_number(&message, IFLA_NET_NS_FD, (uint32_t)space);
	} else {
		return fail_config(run, "link-set %s: %s %s cannot be set", name, what, value);
	}
	return netlink_send(&message) < 0 ? fail(run, "RTM_NEWLINK", "%s %s %s", name, what, value) : 0;
}
