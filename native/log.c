#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Longer lines are cut into several log entries, as docker does: a log without newlines must not fill our memory. */
#define MAX_LINE (16 * 1024)

int log_open(struct log *log, struct run *run, const char *path)
{
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	return log->fd < 0 ? fail(run, "open", "%s", path) : 0;
}

void log_close(struct log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	free(log->pending[0].text);
	free(log->pending[1].text);
}

void log_write(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* a full disk loses log lines, never the container */
		data += n;
		size -= (size_t)n;
	}
}

/* Entries of one piece of output are collected and written at once: programs that write many short lines are common. */
struct batch {
	char *data;
	size_t size, capacity;
	char stamp[80]; /* all of one piece have the same time: they came with one read */
};

static void begin_batch(struct batch *batch)
{
	struct timespec now;
	struct tm tm;
	*batch = (struct batch){ 0 };
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	/* Not strftime, which brings all of the time zones along. */
	snprintf(batch->stamp, sizeof batch->stamp, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec);
}

static void end_batch(struct log *log, struct batch *batch)
{
	log_write(log->fd, batch->data, batch->size);
	free(batch->data);
	*batch = (struct batch){ 0 };
}

static void log_line(struct log *log, struct batch *batch, int stream, const char *text, size_t size)
{
	struct json json;
	json_begin(&json, NULL);
	json_bytes(&json, "log", text, size);
	json_text(&json, "stream", stream == 1 ? "stdout" : "stderr");
	json_text(&json, "time", batch->stamp);
	json_finish(&json);
	if (batch->capacity - batch->size < json.size) {
		size_t capacity = batch->capacity * 2 + json.size + 4096;
		char *grown = realloc(batch->data, capacity);
		if (!grown) {
			/* Without room for many, one at a time. */
			log_write(log->fd, batch->data, batch->size);
			log_write(log->fd, json.data, json.size);
			batch->size = 0;
			json_free(&json);
			return;
		}
		batch->data = grown;
		batch->capacity = capacity;
	}
	memcpy(batch->data + batch->size, json.data, json.size);
	batch->size += json.size;
	json_free(&json);
}

void log_output(struct log *log, int stream, const char *data, size_t size)
{
	struct pending *pending = &log->pending[stream - 1];
	struct batch batch;
	if (log->fd < 0)
		return;
	begin_batch(&batch);
	while (size > 0) {
		const char *newline = memchr(data, '\n', size);
		size_t part = newline ? (size_t)(newline - data) + 1 : size;
		if (pending->size == 0 && newline && part <= MAX_LINE) {
			log_line(log, &batch, stream, data, part);
		} else {
			if (!pending->text && !(pending->text = malloc(MAX_LINE)))
				break;
			if (part > MAX_LINE - pending->size)
				part = MAX_LINE - pending->size;
			memcpy(pending->text + pending->size, data, part);
			pending->size += part;
			if (pending->size == MAX_LINE || pending->text[pending->size - 1] == '\n') {
				log_line(log, &batch, stream, pending->text, pending->size);
				pending->size = 0;
			}
		}
		data += part;
		size -= part;
	}
	end_batch(log, &batch);
}

void log_rest(struct log *log, int stream)
{
	struct pending *pending = &log->pending[stream - 1];
	struct batch batch;
	if (log->fd < 0 || pending->size == 0)
		return;
	begin_batch(&batch);
	log_line(log, &batch, stream, pending->text, pending->size);
	end_batch(log, &batch);
	pending->size = 0;
}
