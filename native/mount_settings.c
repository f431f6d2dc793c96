/* What a record says of a mount, told to the kernel. */
#include "mount_settings.h"

#include "mount_attributes.h"

#include <fcntl.h>

/* MS_* flags as attributes of mount_setattr(2). */
static void set_flags(uint64_t flags, struct kernel_mount_attr *attr)
{
	static const struct {
		uint64_t flag, attribute;
	} table[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY },
		{ MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
		{ MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
		{ MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (flags & table[i].flag)
			attr->attr_set |= table[i].attribute;
	if (flags & (MS_NOATIME | MS_STRICTATIME | MS_RELATIME)) {
		attr->attr_clr |= MOUNT_ATTR__ATIME;
		attr->attr_set |= flags & MS_NOATIME       ? MOUNT_ATTR_NOATIME
				  : flags & MS_STRICTATIME ? MOUNT_ATTR_STRICTATIME
							   : MOUNT_ATTR_RELATIME;
	}
}

int mount_set_attributes(struct run *run, const struct mount *mount, int fd)
{
	struct kernel_mount_attr attr = { 0 };
	set_flags(mount->flags, &attr);
	if ((attr.attr_set || attr.attr_clr) && mount_attributes(fd, 0, &attr) < 0)
		return fail(run, "mount_setattr", "%s", mount->destination);
	if (mount->recursive_set || mount->recursive_clear) {
		struct kernel_mount_attr recursive = { .attr_set = mount->recursive_set,
			.attr_clr = mount->recursive_clear };
		/* The access time is one field of three values: setting it means clearing it first. */
		if (mount->recursive_set & MOUNT_ATTR__ATIME)
			recursive.attr_clr |= MOUNT_ATTR__ATIME;
		if (mount_attributes(fd, AT_RECURSIVE, &recursive) < 0)
			return fail(run, "mount_setattr", "%s (recursive)", mount->destination);
	}
	return 0;
}

int mount_set_propagation(struct run *run, const struct mount *mount, int fd, uint64_t otherwise)
{
	uint64_t wanted = mount->propagation ? mount->propagation : otherwise;
	struct kernel_mount_attr attr = { .propagation = wanted & ~(uint64_t)MS_REC };
	if (!attr.propagation)
		return 0;
	/* Shared comes after private or slave in time, never at once: the kernel takes one of them. */
	if (mount_attributes(fd, wanted & MS_REC ? AT_RECURSIVE : 0, &attr) < 0)
		return fail(run, "mount_setattr", "propagation of %s", mount->destination);
	return 0;
}
