/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One ConfigMap on one kernel and node under every release of Cilium: what an upgrade (or a way back) would
 * do to host routing. Every release reads the ConfigMap with its own keys, defaults and value grammar.
 *
 * JSON, schema "hostroute.releases/1": { schema, tool_version, source, releases: [ { release ("1.16"), mode,
 * rule, text, detail } ] }, oldest release first; rule, text and detail are of the first cause and null when
 * there is none. Keys may be added at the end of an object.
 */
#ifndef HR_PROBE_VERDICT_RELEASES_H
#define HR_PROBE_VERDICT_RELEASES_H

#include "config/configmap.h"
#include "probe/verdict.h"

#define RELEASES_SCHEMA "hostroute.releases/1"
#define RELEASE_TEXT_MAX 256

struct release_verdict {
	enum cilium_release release;
	enum verdict_mode mode;
	char rule[40]; /* name of the first cause; "" when there is none */
	char text[RELEASE_TEXT_MAX]; /* what is wrong, or which value this agent cannot read */
	char detail[FINDING_DETAIL_MAX];
};

/* One row per release, oldest first. 0 or -ENOMEM. */
int verdict_releases(const struct configmap *cm, const struct features *features,
		     const struct node_facts *facts, struct release_verdict rows[CILIUM__COUNT]);

/* As a table for people; as JSON. The caller frees *out. 0 or -ENOMEM. */
int verdict_releases_text(const struct release_verdict rows[CILIUM__COUNT], char **out);
int verdict_releases_json(const struct release_verdict rows[CILIUM__COUNT], const char *source,
			  char **out);

#endif
