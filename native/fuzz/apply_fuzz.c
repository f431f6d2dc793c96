/*
 * libFuzzer: any bytes as an archive, unpacked into a scratch folder. The first byte chooses how whiteouts are taken.
 * There is no chroot here, so what is found out is whether names alone keep everything inside: a canary beside the
 * scratch folder must stay as it is.
 */
#include "apply.h"

#include "remove.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static int parent = -1;

static void check(int condition, const char *what)
{
	if (condition)
		return;
	perror(what);
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *folder = "root"; /* where it is started: build/fuzz */
	(void)argc;
	(void)argv;
	if (mkdir(folder, 0700) < 0)
		check(access(folder, W_OK) == 0, "mkdir");
	/* In a mount namespace of its own when that is allowed: then nothing is left behind either. */
	if (unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		check(mount("tmpfs", folder, "tmpfs", MS_NODEV | MS_NOEXEC, "size=64m") == 0, "mount");
	parent = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(parent >= 0, "open");
	remove_tree(parent, "canary");
	remove_tree(parent, "root");
	check(mkdirat(parent, "canary", 0700) == 0, "mkdir");
	umask(0);
	return 0;
}

static void check_canary(void)
{
	struct stat st;
	check(fstatat(parent, "canary", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
			(st.st_mode & 07777) == 0700 && st.st_uid == geteuid() && st.st_nlink == 2,
		"the canary is gone");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .stage = "fuzz", .report_fd = open("/dev/null", O_WRONLY | O_CLOEXEC), .control_fd = -1 };
	struct apply apply = { .run = &run,
		.max_size = 1 << 20,
		.max_entries = 200,
		.opaque_xattr = "trusted.overlay.opaque",
		.lowers = { .cwd = -1 } };
	if (size == 0)
		return 0;
	apply.overlay = data[0] & 1;
	apply.refuse_whiteouts = (data[0] & 6) == 6;
	apply.rootless = apply.ignore_owner = data[0] & 8;
	apply.always_chmod = !apply.overlay;
	check(mkdirat(parent, "root", 0755) == 0, "mkdir");
	apply.root = openat(parent, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	walk_open(&apply.walk, apply.root);
	apply.walk.make = apply_make_parent;
	apply.walk.context = &apply;
	check(tar_open(&apply.tar, &run, -1) == 0, "tar_open");
	tar_input_memory(&apply.tar.input, data + 1, size - 1);
	apply_all(&apply);
	apply_close(&apply);
	close(apply.root);
	close(run.report_fd);
	check(fchdir(parent) == 0, "fchdir");
	check(remove_tree(parent, "root") == 0, "remove");
	check_canary();
	return 0;
}

/*
 * Checksums would stop nearly every mutation: each header gets the right one after the mutation proper. Blocks that
 * look like headers are those with `ustar` in their place.
 */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	(void)seed;
	size = LLVMFuzzerMutate(data, size, max);
	for (size_t at = 1; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
		uint8_t *header = data + at;
		char text[8];
		unsigned sum = 0;
		if (memcmp(header + 257, "ustar", 5) != 0)
			continue;
		memset(header + 148, ' ', 8);
		for (int i = 0; i < TAR_BLOCK; i++)
			sum += header[i];
		snprintf(text, sizeof text, "%06o", sum);
		memcpy(header + 148, text, 7);
	}
	return size;
}
