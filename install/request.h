/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line asks hrinstall for: filled by main.c, read by the commands. Texts are argv's. */
#ifndef HR_INSTALL_REQUEST_H
#define HR_INSTALL_REQUEST_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "common/cli.h"
#include "compiler/manifest.h"
#include "install/attach.h"
#include "install/paths.h"

#define REQUEST_MAX_FILTERS 16

enum install_format {
	INSTALL_PROMETHEUS = CLI_FORMAT_OWN, /* status only */
};

struct install_request {
	struct install_paths paths;
	enum attach_mode attach;
	enum cli_format format;
	bool dry_run;
	bool verbose; /* status */

	const char *bundle; /* apply: directory */
	const char *operand; /* service set: file or "-"; service del: name */
	const char *state; /* apply: file or "-" */
	const char *services; /* apply: file or "-"; NULL: as the state has them */
	const char
		*devices[MANIFEST_MAX_DEVICES]; /* apply: instead of the bundle's; none: as there */
	size_t device_count;

	const char *cgroup; /* apply: directory, instead of the bundle's; NULL: as there */
	const char *ip_masq_config; /* file, instead of the bundle's; NULL: as there */

	uint32_t ip; /* endpoint add, endpoint del: the last --ip */
	const char *interface;
	uint8_t mac[6];
	uint32_t identity;

	/* monitor: which events; none of a kind: all */
	uint32_t pods[REQUEST_MAX_FILTERS];
	size_t pod_count;
	const char *reasons[REQUEST_MAX_FILTERS];
	size_t reason_count;
	bool has_type;
	enum hr_event_type type;
	uint32_t count, duration; /* events; seconds; 0: no limit */
};

#endif
