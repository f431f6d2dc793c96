/* Everything that the records of run, create, exec, monitor, mount and userns say, checked and typed. No defaults. */
#pragma once

#include "run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum ns_kind { NS_USER, NS_CGROUP, NS_IPC, NS_UTS, NS_NETWORK, NS_PID, NS_MOUNT, NS_TIME, NS_KINDS };

struct ns {
	bool wanted;
	const char *path; /* NULL: a new one */
	int fd;           /* of `path` */
};

struct id_range {
	uint32_t inner;
	uint32_t outer;
	uint32_t size;
};

struct id_map {
	struct id_range *ranges;
	size_t count;
	const char *program; /* newuidmap or newgidmap; NULL: written directly */
};

struct cgroup_write {
	const char *path;
	struct arg value;
	bool optional;
};

struct cgroup_devices {
	const char *folder;
	struct arg program;
};

enum cgroup_stat_kind { STAT_MEMORY_PEAK, STAT_CPU_USEC, STAT_CPU_NSEC, STAT_OOM_V1, STAT_OOM_V2 };

struct cgroup_stat {
	enum cgroup_stat_kind kind;
	const char *path;
};

struct texts {
	const char **items; /* with room for a NULL at the end, which is always there */
	size_t count;
};

struct overlay {
	const char *cwd;
	const char *target;
	const char *options;
	const char *upper; /* "" : read-only */
	const char *work;
	const struct arg *lowers; /* topmost first, relative to cwd */
	size_t lower_count;
};

struct mount {
	const char *type;
	const char *source;
	const char *destination;
	uint64_t flags;         /* MS_* */
	uint64_t propagation;   /* MS_* or 0 */
	uint64_t recursive_set; /* MOUNT_ATTR_* */
	uint64_t recursive_clear;
	const char *data;
	bool create_file;
	bool create_folder;
	bool optional;
	bool copy_up;
	bool idmap; /* with the container's user namespace, or idmap_path, or the maps below */
	bool idmap_recursive;
	const char *idmap_path;
	struct id_map idmap_uids;
	struct id_map idmap_gids;
	bool source_nofollow;
	const char *source_beneath;
	bool fallback_bind;
	int tree; /* bind: the detached copy of the source, made by the parent; -1 none */
	bool tree_is_folder;
	bool by_path; /* `tree` is the source itself: the kernel cannot copy it */
};

struct device {
	const char *path;
	mode_t type; /* S_IFCHR, S_IFBLK, S_IFIFO */
	uint32_t major;
	uint32_t minor;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct pair {
	const char *name;
	const char *value;
};

struct limit {
	int resource;
	struct rlimit values;
};

enum hook_stage { HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER };

struct hook {
	enum hook_stage stage;
	const char *path;
	uint32_t timeout; /* seconds; 0: none */
	struct arg state_prefix;
	struct arg state_suffix;
	struct texts args;
	struct texts env;
};

struct caps {
	bool wanted;
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
};

enum stdio_mode { STDIO_INHERIT, STDIO_RELAY, STDIO_NULL, STDIO_PTY, STDIO_CONSOLE_SOCKET };

struct config {
	struct ns ns[NS_KINDS];
	struct id_map uids;
	struct id_map gids;
	bool setgroups_deny;
	struct {
		bool wanted;
		int64_t seconds;
		uint32_t nanoseconds;
	} time_offset[2]; /* monotonic, boottime */

	struct texts cgroup_folders;
	struct texts cgroup_made; /* above those: made for us by TypeScript */
	struct cgroup_write *cgroup_writes;
	size_t cgroup_write_count;
	struct texts cgroup_joins;
	struct cgroup_devices *cgroup_devices;
	size_t cgroup_device_count;
	struct cgroup_stat *cgroup_stats;
	size_t cgroup_stat_count;
	struct texts cgroup_kills;

	bool has_propagation;
	uint64_t propagation;
	const char *rootfs;
	struct overlay *overlay;
	struct overlay *extra_overlays; /* mounted beside the root, sources of binds */
	size_t extra_overlay_count;
	uint64_t rootfs_propagation;
	bool no_pivot;
	bool attach; /* mode mount */
	struct mount *mounts;
	size_t mount_count;
	struct device *devices;
	size_t device_count;
	struct pair *symlinks; /* name: path, value: target */
	size_t symlink_count;
	bool dev_console;
	struct texts masks;
	struct texts readonlys;
	bool readonly_root;
	struct pair *sysctls;
	size_t sysctl_count;
	const char *hostname;
	const char *domainname;
	bool loopback;

	struct texts args;
	struct texts env;
	const char *cwd;
	bool cwd_create;
	bool has_user;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
	bool has_umask;
	mode_t umask;
	struct caps caps;
	bool no_new_privileges;
	struct limit *limits;
	size_t limit_count;
	bool has_oom_score_adj;
	int oom_score_adj;
	uint32_t seccomp_flags;
	struct arg seccomp; /* size 0: none */
	const char *apparmor;
	const char *selinux;
	bool has_personality;
	uint32_t personality;
	bool has_scheduler;
	struct {
		uint32_t policy;
		int32_t nice;
		uint32_t priority;
		uint64_t flags, runtime, deadline, period;
	} scheduler;
	bool has_ioprio;
	uint32_t ioprio_class;
	uint32_t ioprio_priority;

	enum stdio_mode stdio;
	enum stdio_mode stdin_mode; /* the same as stdio unless said otherwise */
	const char *console_socket;
	bool has_console_size;
	uint16_t rows;
	uint16_t columns;
	uint32_t preserve_fds;
	bool init;
	bool session_keyring;
	const char *start_fifo;
	const char *start_report;
	bool pause_hooks;
	struct hook *hooks;
	size_t hook_count;
	bool detach;
	const char *log_file;
	uint32_t wait_client; /* ms to leave output in its pipes until somebody is attached */
	const char *exit_file;
	const char *attach_socket;
	pid_t join_pid;
	uint64_t join_start_time;
};

/* Reads run->records. 0, or an exit code after an error report. */
int config_read(struct run *run, struct config *config);
void config_free(struct config *config);

/* CLONE_NEW* of a kind, and its name in records and in /proc/PID/ns. */
int ns_flag(enum ns_kind kind);
const char *ns_name(enum ns_kind kind);
const char *ns_file(enum ns_kind kind);
/* CLONE_NEW* of all namespaces that are to be made. */
uint64_t ns_new_flags(const struct config *config);
