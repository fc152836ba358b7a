/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable string. Failure to grow sticks: later appends do nothing and buf_take() answers -ENOMEM, so
 * a writer checks once at its end.
 */
#ifndef HR_COMMON_BUF_H
#define HR_COMMON_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated once anything was appended, else NULL */
	size_t len; /* bytes without the NUL */
	size_t size;
	int err; /* 0 or -ENOMEM, sticky */
};

void buf_fini(struct buf *b);
void buf_append(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Hands the string (never NULL on success) to the caller, who frees it; b is empty afterwards. 0 or -ENOMEM. */
int buf_take(struct buf *b, char **out);

#define _cleanup_buf_ __attribute__((cleanup(buf_fini)))

#endif
