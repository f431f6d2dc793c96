/* What the config_*.c files share: each reads the records of one concern into the config. */
#pragma once

#include "config.h"

#include <stddef.h>

struct config_reader {
	const char *name;
	int (*read)(struct run *run, const struct record *record, struct config *config);
};

/* One table per concern; a row without a name ends it. */
extern const struct config_reader namespace_records[];
extern const struct config_reader cgroup_records[];
extern const struct config_reader mount_records[];
extern const struct config_reader rootfs_records[];
extern const struct config_reader process_records[];
extern const struct config_reader life_records[];

/* Makes room for one more item of an array; the memory is zeroed. Out of memory ends the process: nothing was done yet.
 */
void *config_push(void *array, size_t *count, size_t size);
int config_push_text(struct run *run, struct texts *texts, const struct record *record, uint32_t index);
/* Arguments first to end - 1. */
int config_push_texts(struct run *run, struct texts *texts, const struct record *record, uint32_t first, uint32_t end);

#define TRY(expression)                                                                                                \
	do {                                                                                                           \
		int try_failed_ = (expression);                                                                        \
		if (try_failed_)                                                                                       \
			return try_failed_;                                                                            \
	} while (0)
