#include "apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int apply_fail(struct apply *apply, const char *call)
{
	return fail(apply->run, call, "%s", apply->path[0] ? apply->path : "/");
}

int apply_refuse(struct apply *apply, const char *format, ...)
{
	char what[WALK_PATH_MAX + 200];
	va_list list;
	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	return fail_input(apply->run, apply->tar.entry.path ? apply->tar.entry.path : "", "%s", what);
}
