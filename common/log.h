/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line to stderr per thing that went wrong, "<tool>: error: <what>: <why>". stdout is for data and
 * is never touched here.
 */
#ifndef HR_COMMON_LOG_H
#define HR_COMMON_LOG_H

enum log_level {
	LOG_LEVEL_ERROR, /* --quiet */
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO, /* default */
	LOG_LEVEL_DEBUG, /* --verbose */
};

/* The name in front of each line, and the most talkative level that is printed. tool is not copied. */
void log_init(const char *tool, enum log_level level);
enum log_level log_level(void);

/*
 * Logs "<text>: <strerror(-err)>" and returns err, so that `return log_err(err, "pin %s", path);` is the
 * whole error path. err is a negative errno; errno 524 (ENOTSUPP) is spelt out. err 0 logs the text alone.
 */
int log_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As log_err(), without the errno text: the message already says why. */
int log_fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text of the last error that was logged, printed or not, without the tool's name; "" before the first. */
const char *log_last_error(void);

void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* strerror() that also knows the kernel-internal codes which leak to user space. Static storage. */
const char *errno_text(int err);

#endif
