#include "copy.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define CHUNK (256 * 1024)
#define SMALL (32 * 1024)
/* One call of copy_file_range; far below its limit. */
#define RANGE (1 << 30)

static int copy_through_memory(int from, int to, off_t at, uint64_t size)
{
	cleanup_free char *buffer = malloc(CHUNK);
	if (!buffer)
		return -1;
	while (size > 0) {
		ssize_t n = pread(from, buffer, size < CHUNK ? (size_t)size : CHUNK, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		for (ssize_t done = 0; done < n;) {
			ssize_t written = pwrite(to, buffer + done, (size_t)(n - done), at + done);
			if (written < 0 && errno == EINTR)
				continue;
			if (written < 0)
				return -1;
			done += written;
		}
		at += n;
		size -= (uint64_t)n;
	}
	return 0;
}

static int copy_piece(int from, int to, off_t at, uint64_t size)
{
	off_t in = at, out = at;
	while (size > 0) {
		ssize_t n = copy_file_range(from, &in, to, &out, size < RANGE ? (size_t)size : RANGE, 0);
		if (n < 0 && errno == EINTR)
			continue;
		/* Other file systems, old kernels, special files: by hand. Files of procfs and the like say 0. */
		if (n < 0 && errno != EXDEV && errno != ENOSYS && errno != EINVAL && errno != EOPNOTSUPP &&
			errno != EBADF && errno != EPERM)
			return -1;
		if (n <= 0)
			return copy_through_memory(from, to, in, size);
		size -= (uint64_t)n;
	}
	return 0;
}

static int copy_sparse(int from, int to, uint64_t size)
{
	off_t at = 0;
	while ((uint64_t)at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0)
			break; /* ENXIO: a hole up to the end */
		off_t hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || (uint64_t)hole > size)
			hole = (off_t)size;
		if (hole > data && copy_piece(from, to, data, (uint64_t)(hole - data)) < 0)
			return -1;
		at = hole > data ? hole : data + 1;
	}
	return ftruncate(to, (off_t)size);
}

/* As much as fits is read and written at once; the kernel's own ways of copying take longer to set out. */
static int copy_small(int from, int to, uint64_t size)
{
	static char buffer[SMALL];
	size_t got = 0;
	while (got < size) {
		ssize_t n = pread(from, buffer + got, (size_t)size - got, (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	for (size_t done = 0; done < got;) {
		ssize_t n = pwrite(to, buffer + done, got - done, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

int copy_content(int from, int to, uint64_t size)
{
	struct stat st;
	if (size <= SMALL)
		return copy_small(from, to, size);
	if (size == 0 || ioctl(to, FICLONE, from) == 0)
		return 0;
	if (fstat(from, &st) == 0 && (uint64_t)st.st_blocks * 512 < size)
		return copy_sparse(from, to, size);
	return copy_piece(from, to, 0, size);
}
