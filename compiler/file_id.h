/* SPDX-License-Identifier: BSD-2-Clause */
/* A file's identity without reading it: what changes whenever it is replaced or written to. */
#ifndef HR_COMPILER_FILE_ID_H
#define HR_COMPILER_FILE_ID_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_ID_MAX 192

/*
 * Device, inode, size and both time stamps, without a blank. A file that was written again in the tick of
 * its last stamp keeps its identity: believe only one whose stamps are older than the look at its contents.
 */
void file_id_text(const struct stat *st, char out[FILE_ID_MAX]);

/* Was the file changed at that time (CLOCK_REALTIME_COARSE, as file systems stamp) or later? */
bool file_id_is_since(const struct stat *st, const struct timespec *since);

#endif
