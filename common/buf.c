// SPDX-License-Identifier: BSD-2-Clause
/* A growable string with a sticky error. */
#include "common/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int buf_reserve(struct buf *b, size_t extra)
{
	size_t want, size = b->size ? b->size : 256;
	char *data;

	if (b->err)
		return b->err;
	if (__builtin_add_overflow(b->len, extra, &want) || __builtin_add_overflow(want, 1, &want))
		return b->err = -ENOMEM;
	if (want <= b->size)
		return 0;
	while (size < want && !__builtin_mul_overflow(size, 2, &size))
		;
	if (size < want)
		return b->err = -ENOMEM;
	data = realloc(b->data, size);
	if (!data)
		return b->err = -ENOMEM;
	b->data = data;
	b->size = size;
	return 0;
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_append(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

int buf_take(struct buf *b, char **out)
{
	int err;

	buf_append(b, "", 0);
	err = b->err;
	if (!err) {
		*out = b->data;
		b->data = NULL;
	}
	buf_fini(b);
	return err;
}
