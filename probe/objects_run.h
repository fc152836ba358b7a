/* SPDX-License-Identifier: BSD-2-Clause */
/* The other question that hrprobe answers: objects instead of a config. main.c's second half. */
#ifndef HR_PROBE_OBJECTS_RUN_H
#define HR_PROBE_OBJECTS_RUN_H

#include "common/cli.h"
#include "probe/args.h"

/* Checks the objects that args name against the target that args name, and prints. Returns the exit status. */
int objects_run(struct probe_args *args, const struct cli_common *common);

#endif
