// SPDX-License-Identifier: BSD-2-Clause
/* What of a stat() tells one state of a file from another. */
#include "compiler/file_id.h"

#include <stdio.h>

void file_id_text(const struct stat *st, char out[FILE_ID_MAX])
{
	snprintf(out, FILE_ID_MAX, "%llx:%llu:%lld:%lld.%09ld:%lld.%09ld",
		 (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		 (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

bool file_id_is_since(const struct stat *st, const struct timespec *since)
{
	if (st->st_ctim.tv_sec != since->tv_sec)
		return st->st_ctim.tv_sec > since->tv_sec;
	return st->st_ctim.tv_nsec >= since->tv_nsec;
}
