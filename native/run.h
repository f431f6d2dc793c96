/* One call of the helper: what main() hands to a mode. */
#pragma once

#include "records.h"
#include "report.h"

struct run {
	const char *mode;
	const char *stage; /* named in error reports; each stage function sets it first */
	int report_fd;     /* -1: error reports go to stderr */
	int control_fd;    /* -1: none */
	bool has_index;    /* `index` is part of error reports (mode tree) */
	uint64_t index;
	struct records records;
};

/* One function a mode; the result is the exit code. */
int mode_create(struct run *run);
int mode_run(struct run *run);
int mode_exec(struct run *run);
int mode_monitor(struct run *run);
int mode_mount(struct run *run);
int mode_userns(struct run *run);
int mode_bpf(struct run *run);
int mode_probe(struct run *run);
int mode_apply(struct run *run);
int mode_diff(struct run *run);
int mode_tree(struct run *run);
int mode_net(struct run *run);
int mode_serve(struct run *run);
