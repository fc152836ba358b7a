// SPDX-License-Identifier: BSD-2-Clause
/* The version in a kernel's release, and what it says about the floor of host routing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "probe/features.h"

/* The digits at *text, which is moved behind them. */
static int take_number(const char **text, unsigned int *out)
{
	size_t len = strspn(*text, "0123456789");
	char digits[8];
	uint64_t value;

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, *text);
	if (parse_uint(digits, UINT16_MAX, &value))
		return -EINVAL;
	*text += len;
	*out = (unsigned int)value;
	return 0;
}

static struct answer release_answer(const struct features *f, enum answer_source source)
{
	bool is_enough = f->major > 5 || (f->major == 5 && f->minor >= 10);

	return (struct answer){ .value = is_enough ? ANSWER_YES : ANSWER_NO, .source = source };
}

int kernel_release_parse(const char *release, unsigned int *major, unsigned int *minor)
{
	unsigned int parts[2];

	if (take_number(&release, &parts[0]) || *release++ != '.' ||
	    take_number(&release, &parts[1]))
		return -EINVAL;
	*major = parts[0];
	*minor = parts[1];
	return 0;
}

void features_set_release(struct features *f, const char *release, enum answer_source source)
{
	snprintf(f->release, sizeof(f->release), "%s", release);
	f->kernel_5_10 = (struct answer){ 0 };
	if (!kernel_release_parse(release, &f->major, &f->minor))
		f->kernel_5_10 = release_answer(f, source);
	else
		snprintf(f->kernel_5_10.note, sizeof(f->kernel_5_10.note),
			 "kernel release \"%.40s\" has no version in it", release);
}
