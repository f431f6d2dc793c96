#include "net.h"

#include "cleanup.h"

#include <fcntl.h>
#include <net/if.h>

static const struct change {
	const char *name;
	uint32_t least, most;
	net_change *function;
} changes[] = {
	{ "netns-make", 1, 1, net_space_make },
	{ "netns-remove", 1, 1, net_space_remove },
	{ "in", 0, 1, net_space_enter },
	{ "sysctl", 2, 2, net_space_sysctl },
	{ "link-add", 2, 4, net_link_add },
	{ "link-remove", 1, 1, net_link_remove },
	{ "link-set", 2, 3, net_link_set },
	{ "address-add", 3, 3, net_address_add },
	{ "address-remove", 3, 3, net_address_remove },
	{ "route-add", 2, 4, net_route_add },
	{ "route-remove", 2, 4, net_route_remove },
};

const char *net_text(const struct record *record, uint32_t index)
{
	return index < record->argc ? record->args[index].data : "";
}

unsigned net_link_index(struct net *net, const char *name)
{
	unsigned index = if_nametoindex(name);
	if (!index)
		fail(net->run, "if_nametoindex", "%s", name);
	return index;
}

static int make_change(struct net *net, const struct record *record)
{
	const char *text;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		if (!record_is(record, changes[i].name))
			continue;
		int failed = record_want(net->run, record, changes[i].least, changes[i].most);
		for (uint32_t j = 0; !failed && j < record->argc; j++)
			failed = record_text(net->run, record, j, &text);
		net->run->stage = changes[i].name;
		return failed ? failed : changes[i].function(net, record);
	}
	return fail_config(net->run, "unknown record %s in mode net", record->name);
}

int mode_net(struct run *run)
{
	cleanup_close int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct net net = { .run = run, .home = home };
	if (home < 0)
		return fail(run, "open", "/proc/self/ns/net");
	int failed = 0;
	for (size_t i = 0; !failed && i < run->records.count; i++)
		failed = make_change(&net, &run->records.items[i]);
	return failed;
}
