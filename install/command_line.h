/* SPDX-License-Identifier: BSD-2-Clause */
/* hrinstall's options: one table, read into a request. Which command takes which is in commands.def. */
#ifndef HR_INSTALL_COMMAND_LINE_H
#define HR_INSTALL_COMMAND_LINE_H

#include "common/cli.h"
#include "install/request.h"

enum {
	ARG_STATE = CLI_OPT_BASE + 1,
	ARG_DEVICE,
	ARG_DRY_RUN,
	ARG_ATTACH,
	ARG_IP,
	ARG_INTERFACE,
	ARG_MAC,
	ARG_IDENTITY,
	ARG_BPFFS,
	ARG_RUN,
	ARG_IP_MASQ,
	ARG_REASON,
	ARG_TYPE,
	ARG_COUNT,
	ARG_DURATION,
	ARG_VERBOSE,
	ARG_SERVICES,
	ARG_CGROUP,
};

/* A set of options as a bit mask. */
#define A(option) (1u << (ARG_##option - CLI_OPT_BASE))

extern const struct cli_option command_line_options[];

/* The request while it is read. */
struct command_line {
	struct install_request request;
	const char *bpffs, *run;
	unsigned int given; /* A() of the options that were there */
};

/* A cli_tool's handler; ctx is a struct command_line. */
int command_line_handle(int id, const char *value, void *ctx);

/* Name of one option of a mask that is not empty. */
const char *command_line_option_name(unsigned int mask);

#endif
