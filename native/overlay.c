#include "overlay.h"

#include "cleanup.h"
#include "mount_attributes.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OVL_MAX_STACK of the kernel. */
#define MAX_LOWERS 500

static int enter_cwd(struct run *run, const struct overlay *overlay)
{
	if (overlay->lower_count == 0)
		return fail_config(run, "an overlay needs at least one lower layer");
	if (overlay->lower_count > MAX_LOWERS)
		return fail_lacks(run, "overlays of more than %d lower layers (this one has %zu)", MAX_LOWERS,
			overlay->lower_count);
	/* Short relative names: hundreds of layers have to fit, and TypeScript's folders may be deep. */
	return chdir(overlay->cwd) < 0 ? fail(run, "chdir", "%s", overlay->cwd) : 0;
}

/*
 * A mount with `volatile` leaves a mark in WORK, and the kernel refuses the next mount: a crash in between could have
 * lost data. A build step mounts one snapshot several times, so the mark goes; TypeScript never uses such an upper
 * folder again that it did not prepare since the machine started.
 */
static bool is_volatile(const char *option, size_t size)
{
	return size == 8 && memcmp(option, "volatile", 8) == 0;
}

static int remove_volatile_mark(struct run *run, const struct overlay *overlay)
{
	/* Real folders only: nobody but the kernel writes below WORK. */
	cleanup_close int work = open(overlay->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int incompat =
		work < 0 ? -1
			 : sys_openat2(work, "work/incompat", O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS);
	if (incompat < 0 && work >= 0 && errno == ENOSYS)
		incompat = openat(work, "work/incompat", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (incompat < 0)
		return errno == ENOENT ? 0 : fail(run, "openat2", "%s/work/incompat", overlay->work);
	/* A folder with one file in new kernels, a file in the first ones. */
	unlinkat(incompat, "volatile/dirty", 0);
	if (unlinkat(incompat, "volatile", AT_REMOVEDIR) < 0 && errno == ENOTDIR)
		unlinkat(incompat, "volatile", 0);
	if (errno != ENOENT && faccessat(incompat, "volatile", F_OK, 0) == 0)
		return fail(run, "unlinkat", "%s/work/incompat/volatile", overlay->work);
	unlinkat(work, "work/incompat", AT_REMOVEDIR);
	return 0;
}

/* One lower layer and nothing to write to is no overlay to the kernel: that folder itself, read-only. */
static bool is_single(const struct overlay *overlay)
{
	return overlay->lower_count == 1 && !*overlay->upper;
}

static int single_detached(struct run *run, const struct overlay *overlay, int *tree)
{
	struct kernel_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	const char *lower = overlay->lowers[0].data;
	if (mount_attributes_late())
		return 0;
	*tree = sys_open_tree(AT_FDCWD, lower, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*tree < 0 && (errno == ENOSYS || errno == EPERM))
		return 0;
	if (*tree < 0)
		return fail(run, "open_tree", "%s (in %s)", lower, overlay->cwd);
	attr.propagation = MS_SLAVE;
	return mount_attributes(*tree, 0, &attr) < 0 ? fail(run, "mount_setattr", "%s", lower) : 0;
}

static int single_mount(struct run *run, const struct overlay *overlay)
{
	const char *lower = overlay->lowers[0].data;
	if (mount(lower, overlay->target, NULL, MS_BIND, NULL) < 0 ||
		mount(NULL, overlay->target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return fail(run, "mount", "%s on %s", lower, overlay->target);
	return 0;
}

/* Sends one option ("name" or "name=value") to the file system context. */
static int set_option(int fs, const char *option, size_t size)
{
	char text[300];
	if (size >= sizeof text) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(text, option, size);
	text[size] = '\0';
	char *value = strchr(text, '=');
	if (!value)
		return sys_fsconfig(fs, FSCONFIG_FLAG, text, NULL);
	*value = '\0';
	return sys_fsconfig(fs, FSCONFIG_STRING, text, value + 1);
}

int overlay_detached(struct run *run, const struct overlay *overlay, int *tree)
{
	*tree = -1;
	run->stage = "overlay";
	int failed = enter_cwd(run, overlay);
	if (failed)
		return failed;
	if (is_single(overlay))
		return single_detached(run, overlay, tree);
	cleanup_close int fs = sys_fsopen("overlay");
	if (fs < 0) {
		if (errno == ENODEV)
			return fail_lacks(run, "the overlay file system");
		if (errno == ENOSYS || errno == EPERM)
			return 0;
		return fail(run, "fsopen", "overlay");
	}
	/* Before 6.5 the context takes any word and only complains at the end, when nobody can tell about what. */
	if (sys_fsconfig(fs, FSCONFIG_FLAG, "is-any-word-taken", NULL) == 0)
		return 0;
	for (size_t i = 0; i < overlay->lower_count; i++) {
		if (sys_fsconfig(fs, FSCONFIG_STRING, "lowerdir+", overlay->lowers[i].data) == 0)
			continue;
		/* Before 6.7 the context has no `lowerdir+`, and its `lowerdir` takes 255 bytes only. */
		if (i == 0 && errno == EINVAL)
			return 0;
		return fail(run, "fsconfig", "overlay lowerdir+=%s (in %s)", overlay->lowers[i].data, overlay->cwd);
	}
	if (*overlay->upper) {
		if (sys_fsconfig(fs, FSCONFIG_STRING, "upperdir", overlay->upper) < 0)
			return fail(run, "fsconfig", "overlay upperdir=%s (in %s)", overlay->upper, overlay->cwd);
		if (sys_fsconfig(fs, FSCONFIG_STRING, "workdir", overlay->work) < 0)
			return fail(run, "fsconfig", "overlay workdir=%s (in %s)", overlay->work, overlay->cwd);
	}
	for (const char *at = overlay->options; *at;) {
		size_t size = strcspn(at, ",");
		if (is_volatile(at, size) && (failed = remove_volatile_mark(run, overlay)) != 0)
			return failed;
		if (size && set_option(fs, at, size) < 0)
			return fail(run, "fsconfig", "overlay option %.*s", (int)size, at);
		at += size + (at[size] == ',');
	}
	if (sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL) < 0)
		return fail(run, "fsconfig", "overlay with %zu lower layers in %s (options %s)", overlay->lower_count,
			overlay->cwd, overlay->options);
	*tree = sys_fsmount(fs, *overlay->upper ? 0 : MOUNT_ATTR_RDONLY);
	return *tree < 0 ? fail(run, "fsmount", "overlay") : 0;
}

/* In `lowerdir=` a colon separates and a backslash escapes; a comma would end the option. */
static size_t append_escaped(char *text, size_t at, size_t capacity, const char *name)
{
	for (; *name; name++) {
		if (at + 2 >= capacity)
			return capacity;
		if (*name == ':' || *name == '\\' || *name == ',')
			text[at++] = '\\';
		text[at++] = *name;
	}
	return at;
}

static size_t append(char *text, size_t at, size_t capacity, const char *more)
{
	size_t size = strlen(more);
	if (at + size >= capacity)
		return capacity;
	memcpy(text + at, more, size);
	return at + size;
}

int overlay_mount(struct run *run, const struct overlay *overlay)
{
	run->stage = "overlay";
	int failed = enter_cwd(run, overlay);
	if (failed)
		return failed;
	if (is_single(overlay))
		return single_mount(run, overlay);
	/* mount(2) copies one page of options. */
	size_t capacity = (size_t)sysconf(_SC_PAGESIZE), at = 0;
	cleanup_free char *options = malloc(capacity + 1);
	if (!options)
		return fail_config(run, "not enough memory for the overlay's options");
	at = append(options, at, capacity, "lowerdir=");
	for (size_t i = 0; i < overlay->lower_count; i++) {
		if (i)
			at = append(options, at, capacity, ":");
		at = append_escaped(options, at, capacity, overlay->lowers[i].data);
	}
	if (*overlay->upper) {
		at = append(options, at, capacity, ",upperdir=");
		at = append_escaped(options, at, capacity, overlay->upper);
		at = append(options, at, capacity, ",workdir=");
		at = append_escaped(options, at, capacity, overlay->work);
	}
	for (const char *word = overlay->options; *word; word += strcspn(word, ","), word += *word == ',')
		if (is_volatile(word, strcspn(word, ",")) && (failed = remove_volatile_mark(run, overlay)) != 0)
			return failed;
	if (*overlay->options) {
		at = append(options, at, capacity, ",");
		at = append(options, at, capacity, overlay->options);
	}
	if (at >= capacity)
		return fail_lacks(run,
			"overlays of %zu lower layers: their names do not fit into one page of mount options (Linux "
			"6.7 lifts "
			"this)",
			overlay->lower_count);
	options[at] = '\0';
	if (mount("overlay", overlay->target, "overlay", *overlay->upper ? 0 : MS_RDONLY, options) < 0) {
		if (errno == ENODEV)
			return fail_lacks(run, "the overlay file system");
		return fail(run, "mount", "overlay on %s (%.200s)", overlay->target, options);
	}
	return 0;
}
