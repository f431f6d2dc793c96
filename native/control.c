#include "control.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void control_begin(struct control *control, struct run *run)
{
	*control = (struct control){ .fd = run->control_fd };
	size_t rest = run->records.filled - run->records.size;
	if (rest > sizeof control->line)
		rest = sizeof control->line;
	memcpy(control->line, run->records.buffer + run->records.size, rest);
	control->size = rest;
}

bool control_read(struct control *control)
{
	if (control->size == sizeof control->line)
		control->size = 0; /* a line that long is none of ours */
	ssize_t n = read(control->fd, control->line + control->size, sizeof control->line - control->size);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	control->size += (size_t)n;
	return true;
}

void control_parse(char *line, struct command *command)
{
	uint64_t number, second;
	*command = (struct command){ .kind = COMMAND_OTHER };
	if (strcmp(line, "stdin-eof") == 0) {
		command->kind = COMMAND_STDIN_END;
	} else if (strcmp(line, "leave") == 0) {
		command->kind = COMMAND_LEAVE;
	} else if (strncmp(line, "signal ", 7) == 0 && parse_number(line + 7, 64, &number)) {
		command->kind = COMMAND_SIGNAL;
		command->signal = (int)number;
	} else if (strncmp(line, "resize ", 7) == 0) {
		char *space = strchr(line + 7, ' ');
		if (!space)
			return;
		*space = '\0';
		if (parse_number(line + 7, UINT16_MAX, &number) && parse_number(space + 1, UINT16_MAX, &second)) {
			command->kind = COMMAND_RESIZE;
			command->rows = (unsigned)number;
			command->columns = (unsigned)second;
		}
	}
}

bool control_next(struct control *control, struct command *command)
{
	char *end = memchr(control->line, '\n', control->size);
	if (!end)
		return false;
	*end = '\0';
	control_parse(control->line, command);
	size_t used = (size_t)(end - control->line) + 1;
	control->size -= used;
	memmove(control->line, end + 1, control->size);
	return true;
}
