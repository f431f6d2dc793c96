/* The control stream: lines from TypeScript (or from an attached client) while the container lives. */
#pragma once

#include "run.h"

struct control {
	int fd;
	size_t size;
	char line[512];
};

enum command_kind { COMMAND_OTHER, COMMAND_SIGNAL, COMMAND_RESIZE, COMMAND_STDIN_END, COMMAND_LEAVE };

struct command {
	enum command_kind kind;
	int signal;
	unsigned rows, columns;
};

/* Takes over what was read behind the config, when both come on one descriptor. */
void control_begin(struct control *control, struct run *run);

/* Reads what is there. False at the end of file. */
bool control_read(struct control *control);

/* Takes the next complete line out. False when there is none. */
bool control_next(struct control *control, struct command *command);

/* Understands one line (without its newline, ending with NUL). */
void control_parse(char *line, struct command *command);
