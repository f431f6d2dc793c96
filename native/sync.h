/*
 * What the init tells the parent over their socket pair (SOCK_SEQPACKET, close-on-exec), one byte a message:
 *
 *   init → parent   SYNC_MADE     its namespaces stand (only when hooks of the runtime wait for that)
 *                   SYNC_PTY      with the pty's master attached
 *                   SYNC_READY    all is set up; in `create` the init now waits at the start fifo
 *                   SYNC_EXEC     the next thing is execve; end of file after it means that it worked
 *                   SYNC_FAILED   execve did not work (reported already)
 *   parent → init   SYNC_MORE     descriptors (handover.h), more will come
 *                   SYNC_GO       the last descriptors; maps are written, hooks have run: go on
 *
 * End of file at the init's end means that the parent is gone.
 */
#pragma once

#include "container.h"

enum {
	SYNC_PTY = 'p',
	SYNC_READY = 'r',
	SYNC_EXEC = 'x',
	SYNC_FAILED = 'f',
	SYNC_GO = 'g',
	SYNC_MORE = 'm',
	SYNC_MADE = 'n'
};

/* Sends one message, with a descriptor when `fd` is not -1. -1 and errno on failure. */
int sync_send(int socket, char message, int fd);

/* Receives one message; 0 at the end of file, -1 and errno on failure. `fd` gets an attached descriptor or -1. */
int sync_receive(int socket, char *message, int *fd);
