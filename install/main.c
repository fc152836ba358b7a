// SPDX-License-Identifier: BSD-2-Clause
/* hrinstall: reads the command line into a request and hands it to one command of commands.def. */
#include <stdio.h>
#include <string.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "common/cli.h"
#include "install/apply.h"
#include "install/command_line.h"
#include "install/endpoint.h"
#include "install/endpoint_list.h"
#include "install/gc.h"
#include "install/ip_masq_reload.h"
#include "install/monitor.h"
#include "install/remove.h"
#include "install/service_change.h"
#include "install/service_list.h"
#include "install/status.h"

static const struct command {
	const char *words;
	int operands;
	unsigned int takes, needs; /* A() */
	int (*run)(const struct install_request *request);
} commands[] = {
#define COMMAND(words_, text, count, takes_, needs_, function, summary) \
	{ .words = words_, .operands = count, .takes = takes_, .needs = needs_, .run = function },
#include "install/commands.def"
#undef COMMAND
};

static const char *const formats[] = { "prometheus", NULL };

static const struct cli_tool tool = {
	.name = "hrinstall",
	.synopsis = "COMMAND [options]",
	.summary =
		"Installs a bundle of hrcompile on this node, keeps its state, and takes it away.",
	.details = "commands:\n"
#define COMMAND(words, text, count, takes, needs, function, summary) \
	"  " words " " text "\n      " summary "\n"
#include "install/commands.def"
#undef COMMAND
		   "\nexit status: 0 done (status: installed and as recorded)  2 wrong usage\n"
		   "  3 bundle or state invalid  4 this node lacks or refuses something; left as "
		   "it was\n"
		   "  status only: 12 installed, but not as recorded  13 nothing is installed\n",
	.options = command_line_options,
	.formats = formats,
	.handle = command_line_handle,
};

/* The command that the operands begin with; *first moves behind its words. */
static const struct command *find_command(int argc, char **argv, int *first)
{
	for (size_t i = 0; *first < argc && i < ARRAY_SIZE(commands); i++) {
		char words[32];
		bool two = strchr(commands[i].words, ' ') && *first + 1 < argc;

		snprintf(words, sizeof(words), "%s%s%s", argv[*first], two ? " " : "",
			 two ? argv[*first + 1] : "");
		if (strcmp(words, commands[i].words))
			continue;
		*first += two ? 2 : 1;
		return &commands[i];
	}
	return NULL;
}

/* An exit status, or -1 to go on. */
static int check_usage(const struct command *command, const struct command_line *line, int operands)
{
	const unsigned int common = A(BPFFS) | A(RUN) | A(ATTACH);
	unsigned int unknown = line->given & ~(command->takes | common);
	unsigned int missing = command->needs & ~line->given;

	if (unknown)
		return cli_misuse(&tool, "%s takes no --%s", command->words,
				  command_line_option_name(unknown));
	if (missing)
		return cli_misuse(&tool, "%s needs --%s", command->words,
				  command_line_option_name(missing));
	if (operands < command->operands)
		return cli_misuse(&tool, "%s needs %s", command->words,
				  command->run == service_set	? "a FILE"
				  : command->run == service_del ? "a NAME"
								: "a BUNDLE directory");
	if (operands > command->operands)
		return cli_misuse(&tool, "%s: too many arguments", command->words);
	return -1;
}

int main(int argc, char **argv)
{
	struct command_line line = { .bpffs = DEFAULT_BPFFS, .run = DEFAULT_RUN };
	const struct command *command;
	struct cli_common common = { 0 };
	int first, status;

	line.request.identity = HR_ID_INIT;
	status = cli_parse(&tool, argc, argv, &line, &common, &first);
	if (status >= 0)
		return status;
	command = find_command(argc, argv, &first);
	if (!command && first < argc)
		return cli_misuse(&tool, "unknown command %s", argv[first]);
	if (!command)
		return cli_misuse(&tool, "no command");
	status = check_usage(command, &line, argc - first);
	if (status >= 0)
		return status;
	if (paths_init(&line.request.paths, line.bpffs, line.run))
		return EXIT_STATUS_USAGE;
	if ((int)common.format == INSTALL_PROMETHEUS && command->run != status_run)
		return cli_misuse(&tool, "%s takes no --format prometheus", command->words);
	line.request.format = common.format;
	line.request.bundle = line.request.operand = argv[first];
	return cli_finish(command->run(&line.request));
}
