#pragma once

#include "run.h"

/*
 * Attaches a device program (raw struct bpf_insn) to a cgroup v2 folder; programs that are already there are replaced.
 */
int bpf_attach_devices(struct run *run, const char *folder, struct arg program);
