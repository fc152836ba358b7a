/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ConfigMap as somebody last gave it to `kubectl apply`, which keeps it as JSON in an annotation of the
 * object, kubectl.kubernetes.io/last-applied-configuration. What the agents read is `data`, never this; nobody
 * but who compares the two may look here.
 */
#ifndef HR_CONFIG_LAST_APPLIED_H
#define HR_CONFIG_LAST_APPLIED_H

#include "config/configmap.h"

#define LAST_APPLIED_ANNOTATION "kubectl.kubernetes.io/last-applied-configuration"

/*
 * The annotation's text of a ConfigMap that was read: for config_source.text, under last_applied_name(), within the
 * bounds of config/yaml.h as any other. Borrowed from cm. -ENOENT, with an error in diags at the place where it
 * should be, when it is a directory, or has no such annotation, or that is no text.
 */
int last_applied_read(const struct configmap *cm, struct diag_list *diags, const char **out);

/* "FILE@last-applied", which positions in that text begin with; the caller frees it. NULL without memory. */
char *last_applied_name(const struct configmap *cm);

#endif
