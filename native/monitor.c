#include "monitor.h"
int monitor_begin(struct monitor *monitor, struct container *container, struct flow *in)
{
	(void)monitor;
	(void)container;
	(void)in;
	return 0;
}
void monitor_started(struct monitor *monitor)
{
	(void)monitor;
}
size_t monitor_poll(struct monitor *monitor, struct pollfd *set)
{
	(void)monitor;
	(void)set;
	return 0;
}
void monitor_serve(struct monitor *monitor, const struct pollfd *set, size_t count)
{
	(void)monitor;
	(void)set;
	(void)count;
}
void monitor_output(struct monitor *monitor, int stream, const char *data, size_t size)
{
	(void)monitor;
	(void)stream;
	(void)data;
	(void)size;
}
void monitor_output_end(struct monitor *monitor, int stream)
{
	(void)monitor;
	(void)stream;
}
void monitor_exit(struct monitor *monitor, const struct json *report)
{
	(void)monitor;
	(void)report;
}
void monitor_end(struct monitor *monitor)
{
	(void)monitor;
}
