/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `hrprobe --format json` printed, back into answers: the kernel's features, node IP and pod CIDR of a
 * hostroute.report/1 (report.h). The verdict in it is not read: whoever asks decides again, for a config of
 * his own.
 */
#ifndef HR_PROBE_REPORT_READ_H
#define HR_PROBE_REPORT_READ_H

#include <stddef.h>

#include "probe/facts_json.h"

/*
 * Reads text; name stands for the file in messages. Features that the report does not have are unknown, those
 * that this build does not have are passed over; devices are not in a report. 0, or a negative errno after one
 * log line; *out is then not to be used.
 */
int report_parse(const char *text, size_t len, const char *name, struct node_record *out);

/* Reads a file ("-": stdin) of at most FACTS_JSON_MAX_BYTES that is either a report or node facts. As report_parse(). */
int report_or_facts_read(const char *path, struct node_record *out);

#endif
