#include "tar.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take_gnu_name(struct tar *tar, uint64_t size, size_t *offset)
{
	int failed = tar_read_meta(tar, size);
	if (failed)
		return failed;
	*offset = tar_extra_text(&tar->extra, tar->meta, strlen(tar->meta));
	return *offset ? 0 : fail(tar->run, "malloc", "long name");
}

static int field(struct tar *tar, const unsigned char *at, size_t size, const char *name, int64_t most, int64_t *number)
{
	if (!tar_number(at, size, number) || *number > most)
		return tar_damaged(tar, "a header's %s is not a number that fits", name);
	return 0;
}

static void copy_name(char *to, const unsigned char *from, size_t most)
{
	size_t size = strnlen((const char *)from, most);
	memcpy(to, from, size);
	to[size] = 0;
}

/* Name and link as the header itself has them; `ustar\0` has a prefix, `ustar  ` (GNU) has other things there. */
static void header_names(struct tar *tar, const unsigned char *header)
{
	size_t used = 0;
	if (memcmp(header + 257, "ustar", 6) == 0 && header[345]) {
		bool star = memcmp(header + 508, "tar", 4) == 0;
		copy_name(tar->name, header + 345, star ? 131 : 155);
		used = strlen(tar->name);
		tar->name[used++] = '/';
	}
	copy_name(tar->name + used, header, 100);
	copy_name(tar->link, header + 157, 100);
}

static const char *chosen(struct tar *tar, size_t first, size_t second, const char *otherwise)
{
	return first ? tar->extra.text + first : second ? tar->extra.text + second : otherwise;
}

static int take_xattrs(struct tar *tar)
{
	size_t count = tar->extra.xattr_count;
	tar->entry.xattr_count = 0;
	if (count == 0)
		return 0;
	struct tar_xattr *xattrs = realloc(tar->entry.xattrs, count * sizeof *xattrs);
	if (!xattrs)
		return fail(tar->run, "malloc", "extended attributes");
	for (size_t i = 0; i < count; i++) {
		xattrs[i].name = tar->extra.text + tar->extra.xattrs[i].name;
		xattrs[i].value = tar->extra.text + tar->extra.xattrs[i].value;
		xattrs[i].size = tar->extra.xattrs[i].size;
	}
	tar->entry.xattrs = xattrs;
	tar->entry.xattr_count = count;
	return 0;
}

/* Devices of old archives have blanks or nothing in these fields; only a device's are read. */
static int take_numbers(struct tar *tar, const unsigned char *header)
{
	struct tar_entry *entry = &tar->entry;
	const struct tar_extra *extra = &tar->extra;
	int64_t mode, uid, gid, mtime, major = 0, minor = 0;
	int failed = field(tar, header + 100, 8, "mode", INT64_MAX, &mode);
	if (!failed)
		failed = field(tar, header + 108, 8, "uid", UINT32_MAX - 1, &uid);
	if (!failed)
		failed = field(tar, header + 116, 8, "gid", UINT32_MAX - 1, &gid);
	if (!failed)
		failed = field(tar, header + 136, 12, "mtime", INT64_MAX, &mtime);
	if (!failed && (entry->type == '3' || entry->type == '4'))
		failed = field(tar, header + 329, 8, "major", UINT32_MAX, &major);
	if (!failed && (entry->type == '3' || entry->type == '4'))
		failed = field(tar, header + 337, 8, "minor", UINT32_MAX, &minor);
	if (failed)
		return failed;
	if ((uid < 0 && !extra->has_uid) || (gid < 0 && !extra->has_gid) || major < 0 || minor < 0)
		return tar_damaged(tar, "a negative owner or device number");
	entry->mode = (uint32_t)mode & 07777;
	entry->uid = extra->has_uid ? (uint32_t)extra->uid : (uint32_t)uid;
	entry->gid = extra->has_gid ? (uint32_t)extra->gid : (uint32_t)gid;
	entry->mtime = extra->has_mtime ? extra->mtime : mtime;
	entry->mtime_nsec = extra->has_mtime ? extra->mtime_nsec : 0;
	entry->major = (uint32_t)major;
	entry->minor = (uint32_t)minor;
	return 0;
}

static int take_type(struct tar *tar, char type)
{
	struct tar_entry *entry = &tar->entry;
	size_t length = strlen(entry->path);
	switch (type) {
	case 0:
	case '0':
		/* V7 marks folders by a slash at the end alone. */
		entry->type = length > 0 && entry->path[length - 1] == '/' ? '5' : '0';
		return 0;
	case '7':
	case 'S':
		entry->type = '0';
		return 0;
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
		entry->type = type;
		return 0;
	default:
		if (type > ' ' && type < 0x7f)
			return tar_damaged(tar, "an entry of unknown type '%c'", type);
		return tar_damaged(tar, "an entry of unknown type %d", (unsigned char)type);
	}
}

static int take_sparse_form(struct tar *tar, const unsigned char *header)
{
	struct tar_entry *entry = &tar->entry;
	int failed = 0;
	if (header[156] == 'S') {
		failed = tar_sparse_old_gnu(tar, header);
	} else if (tar->extra.is_sparse && entry->type == '0') {
		if (!tar->extra.has_real_size)
			return tar_damaged(tar, "a sparse file without its real size");
		entry->is_sparse = true;
		entry->size = tar->extra.real_size;
		if (tar->extra.sparse_major == 1 && tar->extra.sparse_minor == 0)
			failed = tar_sparse_map_in_data(tar);
		else if (tar->extra.sparse_major != 0 || tar->extra.sparse_minor > 1)
			return tar_damaged(tar, "a sparse file of an unknown form %d.%d", tar->extra.sparse_major,
				tar->extra.sparse_minor);
	}
	return failed || !entry->is_sparse ? failed : tar_sparse_check(tar);
}

static int take_entry(struct tar *tar, const unsigned char *in_place, uint64_t size)
{
	struct tar_entry *entry = &tar->entry;
	unsigned char header[TAR_BLOCK];
	memcpy(header, in_place, sizeof header); /* reading a map moves the buffer */
	tar_input_consume(&tar->input, TAR_BLOCK);
	header_names(tar, header);
	entry->path = chosen(tar, tar->extra.path, tar->extra.gnu_path, tar->name);
	if (tar->extra.sparse_path)
		entry->path = tar->extra.text + tar->extra.sparse_path;
	entry->link = chosen(tar, tar->extra.link, tar->extra.gnu_link, tar->link);
	int failed = take_type(tar, (char)header[156]);
	if (!failed)
		failed = take_numbers(tar, header);
	if (!failed)
		failed = take_xattrs(tar);
	if (failed)
		return failed;
	/* Only files have data, whatever the size says: links and folders of old writers carry the target's size. */
	if (entry->type != '0')
		size = 0;
	else if (tar->extra.has_size)
		size = tar->extra.size;
	entry->data_size = entry->size = size;
	tar->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
	entry->is_sparse = false;
	if (entry->path[0] == 0)
		return tar_damaged(tar, "an entry without a name");
	return take_sparse_form(tar, header);
}

static void forget_extra(struct tar *tar)
{
	struct tar_extra *extra = &tar->extra;
	struct tar_extra empty = { .text = extra->text,
		.text_capacity = extra->text_capacity,
		.xattrs = extra->xattrs,
		.xattr_capacity = extra->xattr_capacity };
	*extra = empty;
	tar->entry.path = NULL;
	tar->entry.sparse.count = 0;
	tar->entry.sparse.pending = false;
}

int tar_next(struct tar *tar, bool *more)
{
	int failed = tar_skip_rest(tar);
	if (failed)
		return failed;
	forget_extra(tar);
	for (bool extended = false;; extended = true) {
		const unsigned char *header;
		int64_t size;
		failed = tar_next_header(tar, &header);
		if (failed)
			return failed;
		*more = header != NULL;
		if (!header)
			return extended ? tar_damaged(tar, "the archive ends behind an extension header") : 0;
		if (!tar_number(header + 124, 12, &size) || size < 0)
			return tar_damaged(tar, "a header's size is not a number that fits");
		char type = (char)header[156];
		if (type != 'x' && type != 'X' && type != 'g' && type != 'L' && type != 'K' && type != 'V')
			return take_entry(tar, header, (uint64_t)size);
		tar_input_consume(&tar->input, TAR_BLOCK);
		if (type == 'L')
			failed = take_gnu_name(tar, (uint64_t)size, &tar->extra.gnu_path);
		else if (type == 'K')
			failed = take_gnu_name(tar, (uint64_t)size, &tar->extra.gnu_link);
		else
			failed = tar_read_meta(tar, (uint64_t)size);
		/* Global headers and volume labels describe the archive; container tools apply nothing of them. */
		if (!failed && (type == 'x' || type == 'X'))
			failed = tar_pax(tar, tar->meta, (size_t)size);
		if (failed)
			return failed;
	}
}
