/* Internet addresses as they travel in records: 4 or 16 raw bytes. */
#pragma once

#include "net.h"

/* AF_INET or AF_INET6 by the size; 0 for an empty argument; -1 after an error report. */
int net_family(struct net *net, const struct record *record, uint32_t index);
/* A prefix length that fits the family. 0, or an exit code after an error report. */
int net_prefix(struct net *net, const struct record *record, uint32_t index, int family, uint8_t *prefix);
/* The address as text, for messages and reports. `text` has room for NET_TEXT bytes. */
#define NET_TEXT 46
const char *net_text(const void *address, int family, char *text);
