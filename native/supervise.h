#pragma once

#include "container.h"

/*
 * Parent: looks after the started container until it has ended: relays its streams, obeys the control stream, tells
 * what happens. The result is the helper's exit code.
 */
int supervise(struct container *container);
