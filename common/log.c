// SPDX-License-Identifier: BSD-2-Clause
/* Writes log lines to stderr. Knows nothing of what is being logged. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_ENOTSUPP 524

static const char *log_tool = "hostroute";
static enum log_level log_max = LOG_LEVEL_INFO;
static char last_error[1024];

static void remember(const char *fmt, va_list ap, const char *why)
{
	int len = vsnprintf(last_error, sizeof(last_error), fmt, ap);

	if (why && len >= 0 && (size_t)len < sizeof(last_error))
		snprintf(last_error + len, sizeof(last_error) - (size_t)len, ": %s", why);
}

static void log_line(enum log_level level, const char *label, const char *fmt, va_list ap,
		     const char *why)
{
	va_list copy;

	if (level == LOG_LEVEL_ERROR) {
		va_copy(copy, ap);
		remember(fmt, copy, why);
		va_end(copy);
	}
	if (level > log_max)
		return;
	fprintf(stderr, "%s: %s", log_tool, label);
	vfprintf(stderr, fmt, ap);
	if (why)
		fprintf(stderr, ": %s", why);
	fputc('\n', stderr);
}

void log_init(const char *tool, enum log_level level)
{
	log_tool = tool;
	log_max = level;
}

enum log_level log_level(void)
{
	return log_max;
}

const char *log_last_error(void)
{
	return last_error;
}

const char *errno_text(int err)
{
	err = err < 0 ? -err : err;
	return err == KERNEL_ENOTSUPP ? "Operation not supported by this kernel" : strerror(err);
}

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, "error: ", fmt, ap, err ? errno_text(err) : NULL);
	va_end(ap);
	return err;
}

int log_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, "error: ", fmt, ap, NULL);
	va_end(ap);
	return err;
}

#define DEFINE_LOG(name, level, label)                 \
	void name(const char *fmt, ...)                \
	{                                              \
		va_list ap;                            \
                                                       \
		va_start(ap, fmt);                     \
		log_line(level, label, fmt, ap, NULL); \
		va_end(ap);                            \
	}

DEFINE_LOG(log_warn, LOG_LEVEL_WARNING, "warning: ")
DEFINE_LOG(log_info, LOG_LEVEL_INFO, "")
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG, "debug: ")
