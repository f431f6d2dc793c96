/* Routes of the main table. */
#include "net_address.h"
#include "net_message.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

static int change(struct net *net, const struct record *record, uint16_t type, uint16_t flags, const char *call)
{
	const struct arg *destination = &record->args[0], *gateway = &record->args[2];
	const char *link = record->args[3].data;
	struct rtmsg body = { .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST, .rtm_protocol = RTPROT_STATIC };
	struct net_message message;
	uint32_t index = 0, metric = 0;
	char text[NET_TEXT];
	int to = net_family(net, record, 0), through = net_family(net, record, 2), failed = 0;
	if (to < 0 || through < 0)
		return EXIT_CONFIG;
	if ((!to && !through) || (to && through && to != through))
		return fail_config(
			net->run, "record %s: no destination and no gateway, or of two families", record->name);
	body.rtm_family = (uint8_t)(to ? to : through);
	body.rtm_scope = through ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if ((failed = net_prefix(net, record, 1, body.rtm_family, &body.rtm_dst_len)) != 0 ||
		(*link && (failed = net_link_index(net, link, &index)) != 0) ||
		(record->argc > 4 && (failed = record_u32(net->run, record, 4, &metric)) != 0))
		return failed;
	if (type == RTM_DELROUTE) {
		body.rtm_scope = RT_SCOPE_NOWHERE;
		body.rtm_protocol = RTPROT_UNSPEC;
		body.rtm_type = RTN_UNSPEC;
	}
	net_begin(&message, type, flags | NLM_F_ACK, &body, sizeof body);
	if (to)
		net_put(&message, RTA_DST, destination->data, destination->size);
	if (through)
		net_put(&message, RTA_GATEWAY, gateway->data, gateway->size);
	if (index)
		net_put_u32(&message, RTA_OIF, index);
	if (metric)
		net_put_u32(&message, RTA_PRIORITY, metric);
	if (net_talk(net, &message, NULL, NULL) == 0)
		return 0;
	const char *where = to ? net_text(destination->data, to, text) : "default";
	return net_fail(net, call, "%s/%u %s %s", where, body.rtm_dst_len, *link ? "by" : "by any link", link);
}

int net_route(struct net *net, const struct record *record)
{
	return change(net, record, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "RTM_NEWROUTE");
}

int net_route_delete(struct net *net, const struct record *record)
{
	return change(net, record, RTM_DELROUTE, 0, "RTM_DELROUTE");
}
