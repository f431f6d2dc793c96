/* What the root file system consists of beside its mounts: overlays, devices, links, kernel settings. */
#include "config_records.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int read_overlay_into(struct run *run, const struct record *record, struct overlay *overlay)
{
	TRY(record_want(run, record, 6, 100000));
	TRY(record_text(run, record, 0, &overlay->cwd));
	TRY(record_text(run, record, 1, &overlay->target));
	TRY(record_text(run, record, 2, &overlay->options));
	TRY(record_text(run, record, 3, &overlay->upper));
	TRY(record_text(run, record, 4, &overlay->work));
	overlay->lowers = record->args + 5;
	overlay->lower_count = record->argc - 5;
	for (uint32_t i = 5; i < record->argc; i++) {
		const char *lower;
		TRY(record_text(run, record, i, &lower));
		if (*lower == '\0')
			return fail_config(run, "record %s: lower layer %u is empty", record->name, i - 4);
	}
	return 0;
}

static int read_overlay(struct run *run, const struct record *record, struct config *config)
{
	if (config->overlay)
		return fail_config(run, "record rootfs-overlay comes twice");
	config->overlay = calloc(1, sizeof *config->overlay);
	if (!config->overlay)
		_Exit(EXIT_CONFIG);
	return read_overlay_into(run, record, config->overlay);
}

static int read_extra_overlay(struct run *run, const struct record *record, struct config *config)
{
	struct overlay *overlay = config_push(&config->extra_overlays, &config->extra_overlay_count, sizeof *overlay);
	TRY(read_overlay_into(run, record, overlay));
	return *overlay->target == '/' ? 0 : fail_config(run, "record extra-overlay: the target is not absolute");
}

static int read_device(struct run *run, const struct record *record, struct config *config)
{
	const char *type;
	uint32_t mode;
	TRY(record_want(run, record, 7, 7));
	struct device *device = config_push(&config->devices, &config->device_count, sizeof *device);
	TRY(record_text(run, record, 0, &device->path));
	TRY(record_text(run, record, 1, &type));
	if (strcmp(type, "c") == 0 || strcmp(type, "u") == 0)
		device->type = S_IFCHR;
	else if (strcmp(type, "b") == 0)
		device->type = S_IFBLK;
	else if (strcmp(type, "p") == 0)
		device->type = S_IFIFO;
	else
		return fail_config(run, "record device: expected type c, b or p, got \"%.40s\"", type);
	TRY(record_u32(run, record, 2, &device->major));
	TRY(record_u32(run, record, 3, &device->minor));
	TRY(record_u32(run, record, 4, &mode));
	if (mode > 07777)
		return fail_config(run, "record device: mode %u is above 07777", mode);
	device->mode = mode;
	TRY(record_u32(run, record, 5, &device->uid));
	return record_u32(run, record, 6, &device->gid);
}

static int read_symlink(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	struct pair *pair = config_push(&config->symlinks, &config->symlink_count, sizeof *pair);
	TRY(record_text(run, record, 0, &pair->value));
	return record_text(run, record, 1, &pair->name);
}

static int read_sysctl(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 2, 2));
	struct pair *pair = config_push(&config->sysctls, &config->sysctl_count, sizeof *pair);
	TRY(record_text(run, record, 0, &pair->name));
	return record_text(run, record, 1, &pair->value);
}

const struct config_reader rootfs_records[] = {
	{ "device", read_device },
	{ "symlink", read_symlink },
	{ "sysctl", read_sysctl },
	{ "rootfs-overlay", read_overlay },
	{ "extra-overlay", read_extra_overlay },
	{ NULL, NULL },
};
