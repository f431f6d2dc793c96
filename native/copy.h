/* Content of files from one descriptor to another. */
#pragma once

#include <stdint.h>

/*
 * Copies `size` bytes: shared where the file system can (reflink), by the kernel where it can, else through memory;
 * holes stay holes. A file that has become shorter gives fewer bytes. 0, or -1 with errno.
 */
int copy_content(int from, int to, uint64_t size);
