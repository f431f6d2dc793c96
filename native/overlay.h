#pragma once

#include "config.h"

/*
 * Makes the overlay as a detached mount, with nothing written into any mount namespace. 0 and its descriptor; or 0 and
 * -1 when this kernel or this caller cannot (then overlay_mount, inside the new mount namespace); or an exit code.
 */
int overlay_detached(struct run *run, const struct overlay *overlay, int *tree);

/* mount(2) on overlay->target, in the mount namespace of the caller. Changes the working folder to overlay->cwd. */
int overlay_mount(struct run *run, const struct overlay *overlay);
