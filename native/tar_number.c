/* Numbers of tar headers. No 32-bit shortcuts: sizes reach 2^63. */
#include "tar.h"

/* Two's complement, big endian; the first bit only says that it is base-256. */
static bool base256(const unsigned char *field, size_t size, int64_t *number)
{
	unsigned char invert = field[0] & 0x40 ? 0xff : 0;
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = field[i] ^ invert;
		if (value >> 56)
			return false;
		value = value << 8 | (i == 0 ? byte & 0x7f : byte);
	}
	if (value >> 63)
		return false;
	*number = invert ? -(int64_t)value - 1 : (int64_t)value;
	return true;
}

bool tar_number(const unsigned char *field, size_t size, int64_t *number)
{
	uint64_t value = 0;
	size_t i = 0;
	if (field[0] & 0x80)
		return base256(field, size, number);
	while (i < size && (field[i] == ' ' || field[i] == 0))
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
		if (value >> 60)
			return false;
		value = value << 3 | (uint64_t)(field[i] - '0');
	}
	while (i < size && (field[i] == ' ' || field[i] == 0))
		i++;
	*number = (int64_t)value;
	return i == size;
}

bool tar_decimal(const char *text, const char **end, uint64_t *number)
{
	uint64_t value = 0;
	const char *p = text;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (value > (UINT64_MAX - (uint64_t)(*p - '0')) / 10)
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
	}
	*end = p;
	*number = value;
	return p != text;
}
