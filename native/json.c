/* The JSON objects of report.h: they grow, and quote names that are no UTF-8 so that nothing is lost. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void grow(struct json *json, size_t more)
{
	if (json->capacity - json->size >= more)
		return;
	size_t capacity = json->capacity * 2 > json->size + more ? json->capacity * 2 : json->size + more;
	char *data = json->data == json->small ? malloc(capacity) : realloc(json->data, capacity);
	if (!data)
		_exit(EXIT_CONFIG);
	if (json->data == json->small)
		memcpy(data, json->small, json->size);
	json->data = data;
	json->capacity = capacity;
}

static void put(struct json *json, const char *bytes, size_t size)
{
	grow(json, size);
	memcpy(json->data + json->size, bytes, size);
	json->size += size;
}

/* Length of the valid UTF-8 sequence at `s`, or 0: no overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return left >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		if (left < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return 0;
		return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ? 0 : 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (left < 4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80)
			return 0;
		return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : 4;
	}
	return 0;
}

static void put_quoted(struct json *json, const unsigned char *s, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	put(json, "\"", 1);
	for (size_t i = 0; i < size;) {
		size_t plain = i;
		while (plain < size && s[plain] >= 0x20 && s[plain] < 0x7f && s[plain] != '"' && s[plain] != '\\')
			plain++;
		if (plain > i) {
			put(json, (const char *)s + i, plain - i);
			i = plain;
			continue;
		}
		size_t length = s[i] >= 0x80 ? utf8_length(s + i, size - i) : 0;
		if (length) {
			put(json, (const char *)s + i, length);
			i += length;
			continue;
		}
		if (s[i] == '"' || s[i] == '\\') {
			put(json, (char[2]){ '\\', (char)s[i] }, 2);
		} else {
			char escape[6] = { '\\', 'u', s[i] >= 0x80 ? 'd' : '0', s[i] >= 0x80 ? 'c' : '0',
				hex[s[i] >> 4], hex[s[i] & 15] };
			put(json, escape, 6);
		}
		i++;
	}
	put(json, "\"", 1);
}

static void put_key(struct json *json, const char *key)
{
	if (json->size > 1)
		put(json, ",", 1);
	put_quoted(json, (const unsigned char *)key, strlen(key));
	put(json, ":", 1);
}

void json_begin(struct json *json, const char *event)
{
	json->data = json->small;
	json->size = 0;
	json->capacity = sizeof json->small;
	put(json, "{", 1);
	if (event)
		json_text(json, "event", event);
}

void json_bytes(struct json *json, const char *key, const void *data, size_t size)
{
	put_key(json, key);
	put_quoted(json, data, size);
}

void json_text(struct json *json, const char *key, const char *text)
{
	json_bytes(json, key, text, strlen(text));
}

void json_base64(struct json *json, const char *key, const void *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = data;
	put_key(json, key);
	grow(json, (size + 2) / 3 * 4 + 2);
	put(json, "\"", 1);
	for (size_t i = 0; i < size; i += 3) {
		uint32_t v = (uint32_t)s[i] << 16;
		if (i + 1 < size)
			v |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < size)
			v |= s[i + 2];
		char four[4] = { digits[v >> 18], digits[v >> 12 & 63], i + 1 < size ? digits[v >> 6 & 63] : '=',
			i + 2 < size ? digits[v & 63] : '=' };
		put(json, four, 4);
	}
	put(json, "\"", 1);
}

void json_number(struct json *json, const char *key, int64_t number)
{
	char text[24];
	put_key(json, key);
	put(json, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number));
}

void json_unsigned(struct json *json, const char *key, uint64_t number)
{
	char text[24];
	put_key(json, key);
	put(json, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number));
}

void json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void json_finish(struct json *json)
{
	put(json, "}\n", 2);
}

void json_free(struct json *json)
{
	if (json->data != json->small)
		free(json->data);
	json->data = NULL;
}
