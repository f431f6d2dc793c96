#include "diff.h"

int diff_fail(struct diff *diff, const char *call)
{
	return fail(diff->run, call, "%s", diff->path[0] ? diff->path : "/");
}
