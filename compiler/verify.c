// SPDX-License-Identifier: BSD-2-Clause
/* The order of things of --verify: the files, then the programs, then the report. */
#include "compiler/verify.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "common/file.h"
#include "common/log.h"
#include "compiler/vm.h"

/* The manifest, its digest, and the files beside it. An exit status. */
static int check_files(struct verification *v)
{
	char path[PATH_MAX];
	int err;

	err = manifest_read(v->bundle, &v->manifest);
	if (err)
		return EXIT_STATUS_INPUT;
	err = path_format(path, sizeof(path), "%s/" MANIFEST_FILE, v->bundle);
	err = err ?: digest_file(path, MANIFEST_MAX_BYTES, v->sha256);
	if (err) {
		log_err(err, "read the manifest of %s", v->bundle);
		return EXIT_STATUS_INPUT;
	}
	if (bundle_files_check(v->bundle, &v->manifest, &v->survey))
		return EXIT_STATUS_INPUT;
	if (!v->survey.bad && !v->survey.strange)
		return EXIT_STATUS_OK;
	log_fail(0, "%s: its files are not those of its manifest; no program was tried", v->bundle);
	return EXIT_STATUS_INPUT;
}

static int load_here(struct verification *v)
{
	struct utsname name;
	char path[PATH_MAX];
	int err = verify_can_load();

	for (size_t i = 0; !err && i < v->manifest.object_count; i++) {
		const char *file = v->manifest.objects[i].file;

		err = path_format(path, sizeof(path), "%s/%s", v->bundle, file);
		err = err ? log_err(err, "open %s", file) : verify_object(path, file, &v->result);
	}
	if (err)
		return err;
	uname(&name);
	snprintf(v->result.release, sizeof(v->result.release), "%s", name.release);
	v->runs_in = "host";
	return 0;
}

static int load_in_vm(struct verification *v, const char *modules)
{
	const struct vm_request request = { .kernel = v->image,
					    .modules = modules,
					    .bundle = v->bundle,
					    .manifest = &v->manifest };
	const char *runs_in = NULL;
	int err = vm_verify(&request, &v->result, &runs_in);

	if (!err)
		v->runs_in = runs_in;
	return err;
}

static int verify(struct verification *v, const char *modules)
{
	int status = check_files(v);

	if (status != EXIT_STATUS_OK)
		return status;
	if (v->image ? load_in_vm(v, modules) : load_here(v))
		return EXIT_STATUS_ENVIRONMENT;
	return verify_rejected(&v->result) ? EXIT_STATUS_REJECTED : EXIT_STATUS_OK;
}

static void print(struct verification *v, const struct cli_common *common)
{
	/* Without the digest there is nothing to tell that the log has not told. */
	if (!*v->sha256)
		return;
	if (common->format != CLI_JSON)
		verify_report_text(v);
	else if (verify_report_json(v))
		v->status = EXIT_STATUS_ENVIRONMENT;
}

int command_verify(const struct compile_args *args, const struct cli_common *common)
{
	struct verification *v = calloc(1, sizeof(*v));
	int status;

	if (!v) {
		log_err(-ENOMEM, "verify");
		return EXIT_STATUS_ENVIRONMENT;
	}
	v->bundle = args->operands[0];
	v->image = args->target.kernel.kernel;
	v->status = verify(v, args->modules);
	print(v, common);
	status = v->status;
	manifest_fini(&v->manifest);
	verify_result_fini(&v->result);
	free(v);
	return status;
}
