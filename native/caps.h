#pragma once

#include "config.h"

/* Drops everything outside the bounding set. Needs CAP_SETPCAP, so before the ids change. */
int caps_drop_bounding(struct run *run, const struct caps *caps);

/* After the ids changed (with PR_SET_KEEPCAPS): exactly the wanted sets. */
int caps_set(struct run *run, const struct caps *caps);

/* No capability at all, for helpers beside the container's program. */
void caps_clear(void);
