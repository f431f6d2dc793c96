/*
 * What the helper tells TypeScript: one JSON object a line on the report descriptor, written with one write() a line.
 * Bytes of names that are not UTF-8 become \udcXX (a lone low surrogate for each such byte), so that nothing is lost.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;

/* The helper's own exit codes. */
enum {
	EXIT_INPUT = 65,   /* the stream of data on stdin is refused: damaged, truncated, dangerous or too big */
	EXIT_CONFIG = 70,  /* internal error or bad config */
	EXIT_SYSCALL = 71, /* a system call failed; an error report says which */
	EXIT_LACKS = 72,   /* the kernel lacks a feature; named in the error report */
};

/* A growing JSON object. Running out of memory while it grows ends the process with EXIT_CONFIG. */
struct json {
	char *data;
	size_t size;
	size_t capacity;
	char small[512];
};

void json_begin(struct json *json, const char *event);
void json_text(struct json *json, const char *key, const char *text);
void json_bytes(struct json *json, const char *key, const void *data, size_t size);
void json_base64(struct json *json, const char *key, const void *data, size_t size);
void json_number(struct json *json, const char *key, int64_t number);
void json_unsigned(struct json *json, const char *key, uint64_t number);
void json_bool(struct json *json, const char *key, bool value);
/* `json` becomes a complete line (closing brace and newline); json_send does it itself. */
void json_finish(struct json *json);
/* Writes the line to the report descriptor and frees the object. */
void json_send(struct run *run, struct json *json);
void json_free(struct json *json);

/* A named system call on a named object failed with errno: reports it, returns EXIT_SYSCALL; EXIT_LACKS for ENOSYS. */
int fail(struct run *run, const char *call, const char *object, ...) __attribute__((format(printf, 3, 4)));
/* The data on stdin is refused because of `object` (an entry's name, or empty): returns EXIT_INPUT. */
int fail_input(struct run *run, const char *object, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What TypeScript sent is wrong, or something inside is: returns EXIT_CONFIG. */
int fail_config(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The kernel lacks `feature`: returns EXIT_LACKS. */
int fail_lacks(struct run *run, const char *feature, ...) __attribute__((format(printf, 2, 3)));
/* Something worth telling that stops nothing. */
void note(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
