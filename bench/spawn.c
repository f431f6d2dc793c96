/* Times whole processes without a runtime's weight: spawn RUNS CONFIG COMMAND [ARG…]
   CONFIG is opened as descriptor 3 and /dev/null as 4 for every run ("-" leaves both away); "%" in an argument becomes the run's number.
   Prints one line a run: microseconds from posix_spawn to the reaped exit. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

int main(int argc, char **argv) {
	if (argc < 4) return 2;
	int runs = atoi(argv[1]);
	for (int run = 0; run < runs; run++) {
		char *args[64] = {0}, names[64][64];
		for (int i = 3; i < argc && i < 66; i++) {
			char *percent = strchr(argv[i], '%');
			if (percent == NULL) { args[i - 3] = argv[i]; continue; }
			snprintf(names[i - 3], sizeof names[0], "%.*s%d%s", (int)(percent - argv[i]), argv[i], run, percent + 1);
			args[i - 3] = names[i - 3];
		}
		posix_spawn_file_actions_t actions;
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
		if (strcmp(argv[2], "-") != 0) {
			posix_spawn_file_actions_addopen(&actions, 3, argv[2], O_RDONLY, 0);
			posix_spawn_file_actions_addopen(&actions, 4, "/dev/null", O_WRONLY, 0);
		}
		struct timespec start, end;
		pid_t pid;
		int status;
		clock_gettime(CLOCK_MONOTONIC, &start);
		if (posix_spawnp(&pid, args[0], &actions, NULL, args, environ) != 0) return 1;
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			fprintf(stderr, "run %d ended with status %d\n", run, status);
			return 1;
		}
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%.1f\n", (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3);
		posix_spawn_file_actions_destroy(&actions);
	}
	return 0;
}
