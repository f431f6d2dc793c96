#include "config_records.h"

#include <stdlib.h>
#include <string.h>

void *config_push(void *array, size_t *count, size_t size)
{
	char **items = array;
	/* Room doubles at powers of two, so the count alone tells when it is full. */
	if ((*count & (*count - 1)) == 0) {
		char *grown = realloc(*items, (*count ? *count * 2 : 1) * size);
		if (!grown)
			_Exit(EXIT_CONFIG);
		*items = grown;
	}
	char *item = *items + *count * size;
	memset(item, 0, size);
	*count += 1;
	return item;
}

int config_push_text(struct run *run, struct texts *texts, const struct record *record, uint32_t index)
{
	const char *text;
	int failed = record_text(run, record, index, &text);
	if (failed)
		return failed;
	/* One more than needed, so that the list can always be closed with NULL. */
	const char **items = realloc(texts->items, (texts->count + 2) * sizeof *items);
	if (!items)
		_Exit(EXIT_CONFIG);
	texts->items = items;
	texts->items[texts->count++] = text;
	texts->items[texts->count] = NULL;
	return 0;
}

int config_push_texts(struct run *run, struct texts *texts, const struct record *record, uint32_t first, uint32_t end)
{
	texts->items = realloc(texts->items, (texts->count + (end - first) + 1) * sizeof *texts->items);
	if (!texts->items)
		_Exit(EXIT_CONFIG);
	for (uint32_t i = first; i < end; i++) {
		int failed = record_text(run, record, i, &texts->items[texts->count]);
		if (failed)
			return failed;
		texts->count++;
	}
	texts->items[texts->count] = NULL;
	return 0;
}
