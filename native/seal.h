#pragma once

struct run;

/*
 * Makes sure that this process runs from a sealed, anonymous copy of its binary: what a container may find behind
 * /proc/PID/exe can then never be written (CVE-2019-5736). Returns 0 when it already does; else re-executes and does
 * not return, or returns an exit code after an error report. Makes the process undumpable in any case.
 */
int seal_self(struct run *run, char **argv);
