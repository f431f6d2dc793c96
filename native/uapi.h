/* Kernel interface that musl 1.2.3 or the kernel headers of Debian 12 do not name yet. */
#pragma once

#include <sys/syscall.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
