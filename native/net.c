#include "net.h"

#include <fcntl.h>

static const struct operation {
	const char *name;
	net_operation *function;
	uint32_t least, most;
	uint32_t bytes; /* bit N: argument N is raw bytes, no text */
} operations[] = {
	{ "pin", net_pin, 2, 2, 0 },
	{ "unpin", net_unpin, 1, 1, 0 },
	{ "at", net_at, 2, 2, 0 },
	{ "of", net_of, 3, 3, 0 },
	{ "in", net_in, 1, 1, 0 },
	{ "sysctl", net_sysctl, 2, 2, 0 },
	{ "bridge", net_bridge, 1, 1, 0 },
	{ "veth", net_veth, 2, 3, 0 },
	{ "move", net_move, 2, 2, 0 },
	{ "rename", net_rename, 2, 2, 0 },
	{ "mac", net_mac, 2, 2, 1 << 1 },
	{ "mtu", net_mtu, 2, 2, 0 },
	{ "master", net_master, 2, 2, 0 },
	{ "up", net_up, 1, 1, 0 },
	{ "down", net_down, 1, 1, 0 },
	{ "delete", net_delete, 1, 1, 0 },
	{ "address", net_address, 3, 3, 1 << 1 },
	{ "address-delete", net_address_delete, 3, 3, 1 << 1 },
	{ "route", net_route, 4, 5, 1 << 0 | 1 << 2 },
	{ "route-delete", net_route_delete, 4, 5, 1 << 0 | 1 << 2 },
	{ "links", net_links, 0, 0, 0 },
	{ "addresses", net_addresses, 0, 0, 0 },
};

static const struct operation *operation_of(const struct record *record)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (record_is(record, operations[i].name))
			return &operations[i];
	return NULL;
}

static int check(struct run *run, const struct record *record)
{
	const struct operation *operation = operation_of(record);
	const char *text;
	if (!operation)
		return fail_config(run, "unknown record \"%.60s\"", record->name);
	int failed = record_want(run, record, operation->least, operation->most);
	for (uint32_t i = 0; !failed && i < record->argc; i++)
		if (!(operation->bytes & 1u << i))
			failed = record_text(run, record, i, &text);
	return failed;
}

int mode_net(struct run *run)
{
	static struct net net;
	int failed = 0;
	/* All of it before any of it: half a network helps nobody. */
	for (size_t i = 0; i < run->records.count && !failed; i++)
		failed = check(run, &run->records.items[i]);
	if (failed)
		return failed;
	run->stage = "network";
	net.run = run;
	net.here = &net.spaces[net.count++];
	*net.here = (struct net_space){ .name = "", .socket = -1 };
	net.here->fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net.here->fd < 0)
		return fail(run, "open", "/proc/self/ns/net");
	for (size_t i = 0; i < run->records.count && !failed; i++)
		failed = operation_of(&run->records.items[i])->function(&net, &run->records.items[i]);
	return failed;
}
