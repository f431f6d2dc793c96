/*
 * One container (or one more process in it) while the helper makes it and looks after it.
 *
 * Two processes share these pages: the *parent*, which stays outside, and the *init*, which becomes the container's
 * program. They are copies after the clone; what one learns later travels over the sync socket (sync.h).
 */
#pragma once

#include "config.h"

#include <time.h>

struct container {
	struct run *run;
	struct config config;

	/* Made by the parent before the clone. */
	int host_proc; /* the host's procfs, verified */
	int root_tree; /* the root file system as a detached mount; -1: the init has to mount it by path */
	int start_fifo;
	int start_report;   /* a fifo: reports of what goes wrong behind the start fifo; -1 none */
	int console_socket; /* connected; the pty's master goes there */
	int join_pidfd;
	int join_root;        /* the joined container's root folder */
	int join_flags;       /* CLONE_NEW* in which the joined container differs from us */
	int cgroup_folder;    /* v2: for CLONE_INTO_CGROUP; -1 none */
	size_t cgroup_cloned; /* the join of that folder */
	int *cgroup_procs;    /* one a join: the opened file that the init writes itself into; -1 nothing to do */
	size_t *cgroup_later; /* one a join: a v1 group, which nobody needs before the clone (cgroup.c); 0 a v2 one */
	int stdio_child[3];   /* what the init makes its 0, 1, 2; -1: keep ours */
	int stdio_parent[3];  /* the parent's ends of relayed pipes; -1 none */

	/* Sync socket: [0] parent's end, [1] init's end. */
	int sync[2];
	bool gated;    /* the init waits for the parent's word before it does anything */
	bool overlaps; /* and makes its namespaces meanwhile; what the parent opens then is handed over (handover.h) */

	/* Known to the parent after the clone. */
	pid_t pid;
	int pidfd;
	int pty;             /* the pty's master */
	int monitor_started; /* mode monitor: the foreground process waits for a byte here; -1 */

	/* The init's own. */
	int root; /* the root folder, top mount */
	int pty_slave;
};

void container_begin(struct container *container, struct run *run);

/* True when what is started lives on without this helper: made by create, or a detached exec. A monitor is not left. */
bool container_outlives_us(const struct container *container);

void container_end(struct container *container);
