/* The folder that apply, diff and tree work in: a plain one, or an overlay that is mounted for this process alone. */
#pragma once

#include "run.h"

/*
 * Opens what a record names, from its argument `first` on: PATH when it is a folder, CWD OPTIONS UPPER WORK LOWER… when
 * it is an overlay. The mount is attached nowhere and ends with this process. 0, or an exit code after a report.
 */
int layer_root_open(struct run *run, const struct record *record, uint32_t first, bool overlay, int *fd);

/* chroot into it: from now on no name leads out, whatever else goes wrong. */
int layer_root_enter(struct run *run, int fd);
