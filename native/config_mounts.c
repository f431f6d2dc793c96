/* Binds and other mounts, with their options. */
#include "config_records.h"

#include <string.h>

/* "INNER:OUTER:SIZE" */
static bool parse_range(const char *text, struct id_range *range)
{
	char copy[48];
	uint64_t numbers[3];
	if (strlen(text) >= sizeof copy)
		return false;
	strcpy(copy, text);
	char *at = copy;
	for (int i = 0; i < 3; i++) {
		char *colon = strchr(at, ':');
		if ((colon == NULL) != (i == 2))
			return false;
		if (colon)
			*colon = '\0';
		if (!parse_number(at, UINT32_MAX, &numbers[i]))
			return false;
		at = colon + 1;
	}
	*range = (struct id_range){ (uint32_t)numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2] };
	return true;
}

static const char *after(const char *word, const char *prefix)
{
	size_t size = strlen(prefix);
	return strncmp(word, prefix, size) == 0 ? word + size : NULL;
}

static int read_mount_option(struct run *run, struct mount *mount, const char *word)
{
	const char *value;
	if (strcmp(word, "create-file") == 0)
		mount->create_file = true;
	else if (strcmp(word, "create-dir") == 0)
		mount->create_folder = true;
	else if (strcmp(word, "optional") == 0)
		mount->optional = true;
	else if (strcmp(word, "copy-up") == 0)
		mount->copy_up = true;
	else if (strcmp(word, "src-nofollow") == 0)
		mount->source_nofollow = true;
	else if (strcmp(word, "fallback-bind") == 0)
		mount->fallback_bind = true;
	else if (strcmp(word, "idmap") == 0)
		mount->idmap = true;
	else if (strcmp(word, "ridmap") == 0)
		mount->idmap = mount->idmap_recursive = true;
	else if ((value = after(word, "idmap=")) != NULL)
		mount->idmap = true, mount->idmap_path = value;
	else if ((value = after(word, "ridmap=")) != NULL)
		mount->idmap = mount->idmap_recursive = true, mount->idmap_path = value;
	else if ((value = after(word, "src-beneath=")) != NULL)
		mount->source_beneath = value;
	else if ((value = after(word, "map-uid=")) != NULL || (value = after(word, "map-gid=")) != NULL) {
		struct id_map *map = word[4] == 'u' ? &mount->idmap_uids : &mount->idmap_gids;
		if (!parse_range(value, config_push(&map->ranges, &map->count, sizeof *map->ranges)))
			return fail_config(run, "record mount: expected INNER:OUTER:SIZE, got \"%.60s\"", value);
	} else
		return fail_config(run, "record mount: unknown option \"%.60s\"", word);
	return 0;
}

static int read_mount(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 8, 10000));
	struct mount *mount = config_push(&config->mounts, &config->mount_count, sizeof *mount);
	mount->tree = -1;
	TRY(record_text(run, record, 0, &mount->type));
	TRY(record_text(run, record, 1, &mount->source));
	TRY(record_text(run, record, 2, &mount->destination));
	TRY(record_number(run, record, 3, UINT32_MAX, &mount->flags));
	TRY(record_number(run, record, 4, UINT32_MAX, &mount->propagation));
	TRY(record_number(run, record, 5, UINT32_MAX, &mount->recursive_set));
	TRY(record_number(run, record, 6, UINT32_MAX, &mount->recursive_clear));
	TRY(record_text(run, record, 7, &mount->data));
	for (uint32_t i = 8; i < record->argc; i++) {
		const char *word;
		TRY(record_text(run, record, i, &word));
		TRY(read_mount_option(run, mount, word));
	}
	return 0;
}

static int read_propagation(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	config->has_propagation = true;
	return record_number(run, record, 0, UINT32_MAX, &config->propagation);
}

static int read_rootfs_propagation(struct run *run, const struct record *record, struct config *config)
{
	TRY(record_want(run, record, 1, 1));
	return record_number(run, record, 0, UINT32_MAX, &config->rootfs_propagation);
}

const struct config_reader mount_records[] = {
	{ "mount", read_mount },
	{ "propagation", read_propagation },
	{ "rootfs-propagation", read_rootfs_propagation },
	{ NULL, NULL },
};
