/* SPDX-License-Identifier: BSD-2-Clause */
/* hrcompile's two halves: ConfigMap to decisions and header; those to objects, manifest and bundle. */
#ifndef HR_COMPILER_COMPILE_H
#define HR_COMPILER_COMPILE_H

#include <stdbool.h>

#include "common/diag.h"
#include "common/digest.h"
#include "compiler/build.h"
#include "compiler/manifest.h"
#include "compiler/plan.h"
#include "compiler/target.h"
#include "config/configmap.h"
#include "config/map_sizes.h"

struct compile_request {
	struct config_source source;
	const struct target *target; /* borrowed; NULL: a kernel that can everything, no node */
	struct map_memory memory; /* of the nodes; zeros where unknown */
	enum vxlan_by vxlan;
	const char *output; /* bundle directory */
	struct build_tools tools;
};

struct compilation {
	struct configmap cm;
	struct diag_list read_diags; /* about the input itself */
	struct diag_list plan_diags; /* about what it asks for */
	struct plan plan;
	char *header; /* text of node_config.h */
	struct manifest manifest; /* objects only after compile_build() */
	char bundle_sha256[DIGEST_TEXT_MAX]; /* of manifest.json; "" before compile_build() */
};

/*
 * Reads and decides, writes nothing. 0, or a negative errno: the diagnostics (or one logged line) say why.
 * *out is for compilation_fini() either way.
 */
int compile_decide(const struct compile_request *request, struct compilation *out);

/*
 * Compiles what compile_decide() decided and puts the bundle in place. 0, or a negative errno after logging;
 * then whatever was at request->output is as before. A signal ends the process, after the same clean-up.
 */
int compile_build(const struct compile_request *request, struct compilation *c);

/*
 * Writes the whole bundle (header, objects, manifest) into `dir`, an existing empty directory given by its
 * absolute path, with a builder that may serve other bundles too. 0, or a negative errno after logging;
 * what dir holds then is nobody's bundle. Between interrupts_hold() and _release().
 */
int compile_into(struct builder *builder, const char *dir, struct compilation *c);

void compilation_fini(struct compilation *c);

#define _cleanup_compilation_ __attribute__((cleanup(compilation_fini)))

#endif
