#pragma once

#include "run.h"

/* Copies what lies in the folder `from` into the folder `to` (tmpcopyup): names, modes, owners, times, links. */
int copy_up(struct run *run, int from, int to, const char *name);
