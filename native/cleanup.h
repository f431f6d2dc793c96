/* Resources that free themselves when their variable goes out of scope. */
#pragma once

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free_memory(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* For what recursion calls and has large buffers: in its own frame, not in every one of the recursion. */
#define apart __attribute__((noinline))

#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_free __attribute__((cleanup(cleanup_free_memory)))
#define cleanup_folder __attribute__((cleanup(cleanup_close_folder)))

/* Hands an fd over to somebody else: the variable's cleanup then does nothing. */
static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
