#include "layer_root.h"

#include "cleanup.h"
#include "remove.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* <sys/mount.h> and <linux/mount.h> do not go together. */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);

#define PAGE 4096

struct overlay {
	const char *cwd, *options, *upper, *work;
	const struct record *record;
	uint32_t first_lower;
};

static int set_string(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_option(int fs, char *option)
{
	char *equals = strchr(option, '=');
	if (!equals)
		return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	*equals = 0;
	int failed = set_string(fs, option, equals + 1);
	*equals = '=';
	return failed;
}

/*
 * `volatile` leaves a mark that refuses the next mount of the same folders, because after a crash they could hold
 * anything. Whoever mounts them again here knows that no crash came between, or that nobody minds.
 */
static void forget_volatile(const struct overlay *overlay)
{
	char path[PAGE];
	if (!strstr(overlay->options, "volatile") || !overlay->work[0])
		return;
	if (snprintf(path, sizeof path, "%s/work/incompat/volatile", overlay->work) < (int)sizeof path)
		remove_tree(AT_FDCWD, path);
}

static int take_options(int fs, const struct overlay *overlay)
{
	char options[PAGE];
	char *save = NULL;
	if (strlen(overlay->options) >= sizeof options) {
		errno = E2BIG;
		return -1;
	}
	strcpy(options, overlay->options);
	for (char *option = strtok_r(options, ",", &save); option; option = strtok_r(NULL, ",", &save))
		if (set_option(fs, option) < 0)
			return -1;
	return 0;
}

/* One option per lower layer: no limit but the kernel's 500. -1 where the kernel is older than that (6.7). */
static int mount_detached(const struct overlay *overlay)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -1;
	for (uint32_t i = overlay->first_lower; i < overlay->record->argc; i++)
		if (set_string(fs, "lowerdir+", overlay->record->args[i].data) < 0)
			return -1;
	if (overlay->upper[0] &&
		(set_string(fs, "upperdir", overlay->upper) < 0 || set_string(fs, "workdir", overlay->work) < 0))
		return -1;
	if (take_options(fs, overlay) < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
}

static bool add(char *data, size_t *used, const char *before, const char *text)
{
	int n = snprintf(data + *used, PAGE - *used, "%s%s", before, text);
	if (n < 0 || (size_t)n >= PAGE - *used)
		return false;
	*used += (size_t)n;
	return true;
}

/* Old kernels: every option in one page, mounted over `cwd` in a mount namespace of our own. */
static int mount_old_way(struct run *run, const struct overlay *overlay, int *fd)
{
	char data[PAGE] = "";
	size_t used = 0;
	bool fits = true;
	if (overlay->options[0])
		fits = add(data, &used, overlay->options, ",");
	for (uint32_t i = overlay->first_lower; fits && i < overlay->record->argc; i++)
		fits = add(data, &used, i == overlay->first_lower ? "lowerdir=" : ":", overlay->record->args[i].data);
	if (fits && overlay->upper[0])
		fits = add(data, &used, ",upperdir=", overlay->upper) && add(data, &used, ",workdir=", overlay->work);
	if (!fits)
		return fail_lacks(run, "overlay mounts of %u layers", overlay->record->argc - overlay->first_lower);
	if (unshare(CLONE_NEWNS) < 0)
		return fail(run, "unshare", "mount namespace");
	if (mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail(run, "mount", "/ (private)");
	if (mount("overlay", ".", "overlay", 0, data) < 0)
		return fail(run, "mount", "overlay %s", data);
	*fd = open(overlay->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? fail(run, "open", "%s", overlay->cwd) : 0;
}

static int open_overlay(struct run *run, const struct record *record, uint32_t first, int *fd)
{
	struct overlay overlay = { .record = record, .first_lower = first + 4 };
	const char **texts[] = { &overlay.cwd, &overlay.options, &overlay.upper, &overlay.work };
	const char *lower;
	int failed = record_want(run, record, first + 5, first + 4 + 500);
	for (uint32_t i = 0; !failed && i < record->argc; i++)
		failed = i < first ? 0 : record_text(run, record, i, i < first + 4 ? texts[i - first] : &lower);
	if (failed)
		return failed;
	cleanup_close int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (chdir(overlay.cwd) < 0)
		return fail(run, "chdir", "%s", overlay.cwd);
	forget_volatile(&overlay);
	*fd = mount_detached(&overlay);
	if (*fd < 0) {
		int why = errno;
		failed = mount_old_way(run, &overlay, fd);
		if (failed) {
			errno = why;
			note(run, "fsopen overlay: %s", strerror(why));
		}
	}
	if (back >= 0 && fchdir(back) < 0)
		return fail(run, "fchdir", "where we were");
	return failed;
}

int layer_root_open(struct run *run, const struct record *record, uint32_t first, bool overlay, int *fd)
{
	const char *path;
	if (overlay)
		return open_overlay(run, record, first, fd);
	int failed = record_want(run, record, first + 1, first + 1);
	if (!failed)
		failed = record_text(run, record, first, &path);
	if (failed)
		return failed;
	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? fail(run, "open", "%s", path) : 0;
}

int layer_root_enter(struct run *run, int fd)
{
	umask(0);
	if (fchdir(fd) < 0)
		return fail(run, "fchdir", "root");
	if (chroot(".") < 0)
		return fail(run, "chroot", "root");
	return 0;
}
