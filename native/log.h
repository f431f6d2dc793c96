/* The log file of a detached container: one JSON line for each line of its output. */
#pragma once

#include "report.h"

struct pending {
	char *text; /* the line that has no end yet */
	size_t size;
};

struct log {
	int fd;                    /* -1: no log */
	struct pending pending[2]; /* stdout, stderr */
};

/* 0, or an exit code after an error report. */
int log_open(struct log *log, struct run *run, const char *path);
/* Bytes of stream 1 or 2, in lines; and what has no newline at the end. */
void log_output(struct log *log, int stream, const char *data, size_t size);
void log_rest(struct log *log, int stream);
void log_close(struct log *log);

/* All of it; a full disk loses it, never the container. */
void log_write(int fd, const char *data, size_t size);
