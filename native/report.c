#include "report.h"

#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_line(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };
			poll(&wait, 1, -1);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return; /* The owner is gone; its control stream tells the rest. */
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
}

void json_send(struct run *run, struct json *json)
{
	int saved = errno;
	json_finish(json);
	if (run->report_fd >= 0)
		write_line(run->report_fd, json->data, json->size);
	json_free(json);
	errno = saved;
}

static void send_error(struct run *run, struct json *json)
{
	if (run->has_index)
		json_unsigned(json, "index", run->index);
	if (run->report_fd >= 0) {
		json_send(run, json);
		return;
	}
	json_finish(json);
	write_line(2, json->data, json->size);
	json_free(json);
}

static void json_format(struct json *json, const char *key, const char *format, va_list list)
{
	char small[512];
	va_list again;
	va_copy(again, list);
	int size = vsnprintf(small, sizeof small, format, list);
	if (size >= (int)sizeof small) {
		char *big = malloc((size_t)size + 1);
		if (big) {
			vsnprintf(big, (size_t)size + 1, format, again);
			json_bytes(json, key, big, (size_t)size);
			free(big);
			size = -1;
		} else {
			size = sizeof small - 1;
		}
	}
	if (size >= 0)
		json_bytes(json, key, small, (size_t)size);
	va_end(again);
}

int fail(struct run *run, const char *call, const char *object, ...)
{
	int number = errno;
	struct json json;
	va_list list;
	json_begin(&json, "error");
	json_text(&json, "stage", run->stage);
	json_text(&json, "call", call);
	va_start(list, object);
	json_format(&json, "object", object, list);
	va_end(list);
	json_number(&json, "errno", number);
	json_text(&json, "message", strerror(number));
	/* The call itself is missing: an old kernel, or a filter around us that plays one. */
	if (number == ENOSYS) {
		char feature[64];
		snprintf(feature, sizeof feature, "the system call %s", call);
		json_text(&json, "lacks", feature);
	}
	send_error(run, &json);
	errno = number;
	return number == ENOSYS ? EXIT_LACKS : EXIT_SYSCALL;
}

int fail_input(struct run *run, const char *object, const char *format, ...)
{
	struct json json;
	va_list list;
	json_begin(&json, "error");
	json_text(&json, "stage", run->stage);
	json_text(&json, "input", object);
	va_start(list, format);
	json_format(&json, "message", format, list);
	va_end(list);
	send_error(run, &json);
	return EXIT_INPUT;
}

int fail_config(struct run *run, const char *format, ...)
{
	struct json json;
	va_list list;
	json_begin(&json, "error");
	json_text(&json, "stage", run->stage);
	va_start(list, format);
	json_format(&json, "message", format, list);
	va_end(list);
	send_error(run, &json);
	return EXIT_CONFIG;
}

int fail_lacks(struct run *run, const char *feature, ...)
{
	struct json json;
	va_list list;
	json_begin(&json, "error");
	json_text(&json, "stage", run->stage);
	va_start(list, feature);
	json_format(&json, "lacks", feature, list);
	va_end(list);
	json_text(&json, "message", "the kernel lacks this feature");
	send_error(run, &json);
	return EXIT_LACKS;
}

void note(struct run *run, const char *format, ...)
{
	struct json json;
	va_list list;
	json_begin(&json, "note");
	json_text(&json, "stage", run->stage);
	va_start(list, format);
	json_format(&json, "message", format, list);
	va_end(list);
	json_send(run, &json);
}
