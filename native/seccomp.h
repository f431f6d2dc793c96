#pragma once

#include "run.h"

/* Loads a compiled filter. Until then the caller needs no_new_privs or CAP_SYS_ADMIN. */
int seccomp_load(struct run *run, uint32_t flags, struct arg program);
