// SPDX-License-Identifier: BSD-2-Clause
/* Finds one annotation. Knows nothing of what is in it. */
#include "config/last_applied.h"

#include <errno.h>
#include <stdio.h>

int last_applied_read(const struct configmap *cm, struct diag_list *diags, const char **out)
{
	const struct yaml_node *metadata = yaml_get(cm->object, "metadata");
	const struct yaml_node *annotation =
		yaml_get(yaml_get(metadata, "annotations"), LAST_APPLIED_ANNOTATION);
	const struct yaml_node *place = annotation ?: metadata ?: cm->object;

	if (!cm->object) {
		diag_add(
			diags, DIAG_ERROR, (struct pos){ .file = cm->file.name }, NULL,
			"a mounted ConfigMap has no annotations; give another one to compare with");
		return -ENOENT;
	}
	if (!annotation || yaml_is_not_string(annotation) || !yaml_text(annotation)) {
		yaml_error(&cm->file, place, diags,
			   annotation ? LAST_APPLIED_ANNOTATION " is not a text"
				      : "no annotation " LAST_APPLIED_ANNOTATION
					" here (only kubectl apply writes it); give another "
					"ConfigMap to compare with");
		return -ENOENT;
	}
	*out = yaml_text(annotation);
	return 0;
}

char *last_applied_name(const struct configmap *cm)
{
	char *name = NULL;

	return asprintf(&name, "%s@last-applied", cm->file.name) < 0 ? NULL : name;
}
