// SPDX-License-Identifier: BSD-2-Clause
/* What a manifest owns, and whether the files beside it are the ones it speaks of. */
#include "compiler/manifest.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"
#include "compiler/bundle_files.h"

void manifest_fini(struct manifest *m)
{
	for (size_t i = 0; i < m->option_count; i++) {
		free(m->options[i].key);
		free(m->options[i].value);
		free(m->options[i].origin);
	}
	free(m->options);
	free(m->objects);
	*m = (struct manifest){ 0 };
}

/* One line for the file; 0 when it is as it should be, or merely not ours. */
static int tell(const char *dir, const struct bundle_file *file)
{
	switch (file->state) {
	case BUNDLE_FILE_GOOD:
		return 0;
	case BUNDLE_FILE_STRANGE:
		log_warn("%s/%s does not belong to the bundle", dir, file->name);
		return 0;
	case BUNDLE_FILE_CORRUPTED:
		return log_fail(-EBADMSG,
				"%s/%s is corrupted: its sha256 is not the manifest's; "
				"compile the bundle again",
				dir, file->name);
	default:
		return log_err(file->err, "read %s/%s", dir, file->name);
	}
}

int manifest_check_objects(const char *dir, const struct manifest *m)
{
	struct bundle_survey survey;
	int err = bundle_files_check(dir, m, &survey);

	for (size_t i = 0; !err && i < survey.count; i++)
		err = tell(dir, &survey.files[i]);
	return err;
}
