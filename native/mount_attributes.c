#include "syscalls.h"

#include "mount_attributes.h"

#include "cleanup.h"
#include "inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* One line of /proc/self/mountinfo. `path` is relative to the mount that is changed, empty for that mount itself. */
struct entry {
	unsigned id, parent;
	bool below;
	char *path;
};

struct entries {
	struct entry *items;
	size_t count;
};

bool mount_attributes_late(void)
{
	static int known = -1;
	struct kernel_mount_attr nothing = { 0 };
	if (known < 0)
		known = sys_mount_setattr(-1, 0, &nothing) == 0 || errno != ENOSYS;
	return !known;
}

/* What statvfs tells of a mount, as flags of mount(2): a remount sets all of them at once. */
static int current_flags(int fd, unsigned long *flags)
{
	static const struct {
		unsigned long seen, flag;
	} table[] = {
		{ ST_RDONLY, MS_RDONLY },
		{ ST_NOSUID, MS_NOSUID },
		{ 4 /* ST_NODEV */, MS_NODEV },
		{ 8 /* ST_NOEXEC */, MS_NOEXEC },
		{ 1024 /* ST_NOATIME */, MS_NOATIME },
		{ 2048 /* ST_NODIRATIME */, MS_NODIRATIME },
		{ 4096 /* ST_RELATIME */, MS_RELATIME },
		{ 8192 /* ST_NOSYMFOLLOW */, MS_NOSYMFOLLOW },
	};
	struct statvfs fs;
	if (fstatvfs(fd, &fs) < 0)
		return -1;
	*flags = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (fs.f_flag & table[i].seen)
			*flags |= table[i].flag;
	if (!(*flags & (MS_NOATIME | MS_RELATIME)))
		*flags |= MS_STRICTATIME;
	return 0;
}

static unsigned long changed_flags(unsigned long flags, const struct kernel_mount_attr *attr)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (attr->attr_clr & table[i].attribute)
			flags &= ~table[i].flag;
		if (attr->attr_set & table[i].attribute)
			flags |= table[i].flag;
	}
	if (attr->attr_clr & MOUNT_ATTR__ATIME) {
		uint64_t wanted = attr->attr_set & MOUNT_ATTR__ATIME;
		flags &= ~(unsigned long)(MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
		flags |= wanted == MOUNT_ATTR_NOATIME       ? MS_NOATIME
			 : wanted == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME
							    : MS_RELATIME;
	}
	return flags;
}

/* By descriptor: only before the pivot, where /proc is the host's. */
static int remount(int fd, const struct kernel_mount_attr *attr)
{
	char path[32];
	unsigned long flags;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (current_flags(fd, &flags) < 0)
		return -1;
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | changed_flags(flags, attr), NULL);
}

static int mount_id(int fd, unsigned *id)
{
	char path[48], line[256];
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	bool found = false;
	while (!found && fgets(line, sizeof line, file)) {
		found = strncmp(line, "mnt_id:", 7) == 0;
		if (found)
			*id = (unsigned)strtoul(line + 7, NULL, 10);
	}
	fclose(file);
	if (!found)
		errno = ENODATA;
	return found ? 0 : -1;
}

/* `\040` stands for a blank, and so on: three octal digits. */
static void unescape(char *text)
{
	char *out = text;
	for (const char *in = text; *in; out++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] && in[3]) {
			*out = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
			in += 4;
		} else {
			*out = *in++;
		}
	}
	*out = '\0';
}

static void free_entries(struct entries *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	*list = (struct entries){ 0 };
}

/* `ID PARENT MAJOR:MINOR ROOT PATH …` (proc(5)). The path, cut out of the line, or NULL. */
static const char *parse_line(char *line, struct entry *entry)
{
	const char *path = NULL;
	for (int i = 0; i < 5; i++) {
		char *field = strsep(&line, " ");
		if (!field)
			return NULL;
		if (i == 0)
			entry->id = (unsigned)strtoul(field, NULL, 10);
		else if (i == 1)
			entry->parent = (unsigned)strtoul(field, NULL, 10);
		path = field;
	}
	return path;
}

static int read_entries(struct entries *list)
{
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -1;
	int result = 0;
	while (result == 0 && getline(&line, &capacity, file) > 0) {
		struct entry entry = { 0 };
		const char *path = parse_line(line, &entry);
		if (!path)
			continue;
		struct entry *more = realloc(list->items, (list->count + 1) * sizeof *more);
		if (more)
			list->items = more;
		if (!more || !(entry.path = strdup(path))) {
			result = -1;
			continue;
		}
		unescape(entry.path);
		list->items[list->count++] = entry;
	}
	fclose(file);
	return result;
}

/* Marks the mount `id` and all below it. Which mount is meant is told by numbers: two may have the same path. */
static const struct entry *mark_below(struct entries *list, unsigned id)
{
	const struct entry *base = NULL;
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < list->count; i++) {
			struct entry *entry = &list->items[i];
			if (entry->below)
				continue;
			entry->below = entry->id == id;
			if (entry->below)
				base = entry;
			for (size_t j = 0; j < list->count && !entry->below; j++)
				entry->below = list->items[j].below && list->items[j].id == entry->parent;
			changed |= entry->below;
		}
	}
	return base;
}

/* One mount below the one at `fd`. What another mount covers cannot be reached, by the container neither. */
static int remount_below(
	int fd, const struct entry *base, const struct entry *entry, const struct kernel_mount_attr *attr)
{
	size_t size = strcmp(base->path, "/") == 0 ? 0 : strlen(base->path);
	const char *relative = entry->path + size;
	unsigned id;
	if (strncmp(entry->path, base->path, size) != 0 || relative[0] != '/' || !relative[1])
		return 0;
	cleanup_close int place = open_in_root_strictly(fd, relative + 1, CREATE_NOTHING);
	if (place < 0)
		return errno == ENOENT ? 0 : -1;
	if (mount_id(place, &id) < 0)
		return -1;
	return id == entry->id ? remount(place, attr) : 0;
}

static int remount_tree(int fd, const struct kernel_mount_attr *attr)
{
	struct entries list = { 0 };
	unsigned id;
	int result = mount_id(fd, &id) < 0 ? -1 : read_entries(&list);
	const struct entry *base = result < 0 ? NULL : mark_below(&list, id);
	if (result == 0 && !base) {
		errno = EINVAL;
		result = -1;
	}
	for (size_t i = 0; result == 0 && i < list.count; i++)
		if (list.items[i].below)
			result = &list.items[i] == base ? remount(fd, attr)
							: remount_below(fd, base, &list.items[i], attr);
	int why = errno;
	free_entries(&list);
	errno = why;
	return result;
}

int mount_attributes(int fd, unsigned flags, const struct kernel_mount_attr *attr)
{
	char path[32];
	if (!mount_attributes_late())
		return sys_mount_setattr(fd, flags, attr);
	if (attr->attr_set & MOUNT_ATTR_IDMAP) {
		errno = ENOSYS;
		return -1;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (attr->propagation &&
		mount(NULL, path, NULL, attr->propagation | (flags & AT_RECURSIVE ? MS_REC : 0), NULL) < 0)
		return -1;
	if (!attr->attr_set && !attr->attr_clr)
		return 0;
	return flags & AT_RECURSIVE ? remount_tree(fd, attr) : remount(fd, attr);
}
