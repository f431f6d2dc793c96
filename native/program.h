/* The program that is executed in the end: found, started, or said why not. */
#pragma once

#include "container.h"

/* Looks the program up in the container's PATH. 0, or errno (ENOENT, EACCES). `path` has PATH_MAX room. */
int program_find(const struct config *config, char *path);

/* Reports that it cannot be executed. The exit code. */
int program_failed(struct container *container, const char *call, const char *object, int number);

/* Executes the found program; returns after a report. */
int program_execute(struct container *container, const char *path, char **env);

char **program_environment(struct config *config);

/* A program of the host's: our own environment unless another was given, our own working folder, ids and rights. */
int program_plain(struct container *container);
