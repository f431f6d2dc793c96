#include "net_address.h"

#include "net_message.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

int net_family(struct net *net, const struct record *record, uint32_t index)
{
	uint32_t size = record->args[index].size;
	if (size == 0)
		return 0;
	if (size != 4 && size != 16) {
		fail_config(net->run, "record %s: expected an address of 4 or 16 bytes, got %u", record->name, size);
		return -1;
	}
	return size == 4 ? AF_INET : AF_INET6;
}

int net_prefix(struct net *net, const struct record *record, uint32_t index, int family, uint8_t *prefix)
{
	uint64_t number;
	int failed = record_number(net->run, record, index, family == AF_INET6 ? 128 : 32, &number);
	if (!failed)
		*prefix = (uint8_t)number;
	return failed;
}

const char *net_text(const void *address, int family, char *text)
{
	return inet_ntop(family, address, text, NET_TEXT) ? text : "?";
}

static int change(struct net *net, const struct record *record, uint16_t type, uint16_t flags, const char *call)
{
	const char *link = record->args[0].data;
	const struct arg *address = &record->args[1];
	struct ifaddrmsg body = { 0 };
	struct net_message message;
	char text[NET_TEXT];
	int family = net_family(net, record, 1);
	if (family <= 0)
		return family < 0 ? EXIT_CONFIG : fail_config(net->run, "record %s: no address", record->name);
	body.ifa_family = (uint8_t)family;
	int failed = net_prefix(net, record, 2, family, &body.ifa_prefixlen);
	if (failed || (failed = net_link_index(net, link, &body.ifa_index)) != 0)
		return failed;
	/* Duplicate detection takes a second in which the address cannot be used; who names addresses knows them. */
	if (family == AF_INET6)
		body.ifa_flags = IFA_F_NODAD;
	net_begin(&message, type, flags | NLM_F_ACK, &body, sizeof body);
	net_put(&message, IFA_LOCAL, address->data, address->size);
	net_put(&message, IFA_ADDRESS, address->data, address->size);
	if (family == AF_INET && body.ifa_prefixlen < 31) {
		uint32_t all;
		memcpy(&all, address->data, sizeof all);
		all |= htonl(0xffffffffu >> body.ifa_prefixlen);
		net_put_u32(&message, IFA_BROADCAST, all);
	}
	if (net_talk(net, &message, NULL, NULL) == 0)
		return 0;
	net_text(address->data, family, text);
	return net_fail(net, call, "%s/%u on %s", text, body.ifa_prefixlen, link);
}

int net_address(struct net *net, const struct record *record)
{
	return change(net, record, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, "RTM_NEWADDR");
}

int net_address_delete(struct net *net, const struct record *record)
{
	return change(net, record, RTM_DELADDR, 0, "RTM_DELADDR");
}
