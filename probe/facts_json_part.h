/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a node-facts file, one reader and one writer each. Private to the facts_json*.c files; the
 * schema is in probe/facts_json.h. Readers get a struct node_record and have json_field_fn's form.
 */
#ifndef HR_PROBE_FACTS_JSON_PART_H
#define HR_PROBE_FACTS_JSON_PART_H

#include <jansson.h>

#include "probe/facts_json.h"
#include "probe/json_field.h"

int facts_json_take_kernel(const struct json_place *at, const json_t *value, void *record,
			   size_t size);
int facts_json_take_audit(const struct json_place *at, const json_t *value, void *record,
			  size_t size);
int facts_json_take_sysctls(const struct json_place *at, const json_t *value, void *record,
			    size_t size);

/* Names of bits: "ipv4" and "ipv6" for FACT_IPV4 and FACT_IPV6, and so on; count of them. */
struct json_bits {
	const char *(*name)(unsigned int bit);
	unsigned int count;
};
extern const struct json_bits facts_json_families, facts_json_owners, facts_json_capabilities;

/* An array of names into bits, and back (NULL without memory). One name is one family. */
int facts_json_take_bits(const struct json_place *at, const json_t *value,
			 const struct json_bits *names, unsigned int *bits);
int facts_json_take_families(const struct json_place *at, const json_t *value, void *out,
			     size_t size);
int facts_json_take_family(const struct json_place *at, const json_t *value, void *out,
			   size_t size);
json_t *facts_json_bits(const struct json_bits *names, unsigned int bits);

/* "10.0.0.1" or "10.0.0.1/24" into a uint32_t in network byte order. */
int facts_json_take_ip4(const struct json_place *at, const json_t *value, void *out, size_t size);

/* The answer of a feature by its name; NULL for one that this build does not have. */
struct answer *facts_json_find_feature(struct features *features, const char *name);

/* "yes", "no", "unknown", or an object { value, errno, note }, as reports have it; the source becomes "file". */
int facts_json_take_answer(const struct json_place *at, const json_t *value, struct answer *answer);

json_t *facts_json_audit(const struct node_record *record);

#endif
