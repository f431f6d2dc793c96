/* Control groups: folders and files that TypeScript named. v1 and v2 alike, the values are TypeScript's. */
#pragma once

#include "container.h"
#include "report.h"

/* Parent: makes the folders, writes the limits, attaches device programs, opens what the init joins. */
enum cgroup_part {
	CGROUP_BEFORE_CLONE,
	CGROUP_AFTER_CLONE,
};
int cgroup_prepare(struct container *container, enum cgroup_part part);

/* Parent: leaves the v1 groups to the second part. The clone itself can put the init into a v2 group. */
void cgroup_split(struct container *container);

/* Init: enters the groups (unless the clone did it). */
int cgroup_enter(struct container *container);

/* Parent, at the end: kills whatever is left in the groups. */
void cgroup_kill(struct container *container);

/* Parent, at the end: what the groups counted, as fields of the exit report. */
void cgroup_report(struct container *container, struct json *json);

/* Parent, at the end: removes the folders, nested ones too. */
void cgroup_remove(struct container *container);
