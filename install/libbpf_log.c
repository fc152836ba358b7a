// SPDX-License-Identifier: BSD-2-Clause
/* Puts libbpf's messages, less their line ends, into the debug log. */
#include "install/libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

static int print_debug(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;

	/* libbpf's own debug level is thousands of lines for one object. */
	if (level == LIBBPF_DEBUG || log_level() < LOG_LEVEL_DEBUG)
		return 0;
	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		return 0;
	}
	text[strcspn(text, "\n")] = '\0';
	log_debug("%s", text);
	return 0;
}

void log_capture_libbpf(void)
{
	libbpf_set_print(print_debug);
}
