/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hrcompile --verify: are the files of a bundle those of its manifest, and does a kernel take every program? The
 * kernel is the running one, or an image that is booted in a VM. JSON, schema hostroute.verify/1:
 *
 *   bundle, sha256    directory, and digest of its manifest.json
 *   files             array of { file, state: good | corrupted | missing | unreadable | not in the manifest }
 *   strange           number of files that the manifest does not list
 *   kernel            { release, image, runs_in: host | kvm | tcg }; null when no program was tried
 *   programs          array, see verify_json.h; "errno", "source" and "log" of a rejection
 *   rejected          number of them
 *   exit_status       of the process
 */
#ifndef HR_COMPILER_VERIFY_H
#define HR_COMPILER_VERIFY_H

#include "compiler/args.h"
#include "compiler/bundle_files.h"
#include "compiler/verify_load.h"

struct verification {
	const char *bundle; /* directory; borrowed */
	char sha256[DIGEST_TEXT_MAX];
	struct manifest manifest;
	struct bundle_survey survey;
	const char *image; /* borrowed; NULL: the running kernel */
	const char *runs_in; /* "host", "kvm", "tcg"; static; NULL: no program was tried */
	struct verify_result result;
	int status; /* enum exit_status */
};

/* The whole command; returns the exit status. */
int command_verify(const struct compile_args *args, const struct cli_common *common);

/* Print a verification that is complete. JSON: 0 or -ENOMEM, logged. */
void verify_report_text(const struct verification *v);
int verify_report_json(const struct verification *v);

#endif
