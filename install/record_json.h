/* SPDX-License-Identifier: BSD-2-Clause */
/* The record in pieces, as it is stored: the node's part and one part per endpoint. Private to the record. */
#ifndef HR_INSTALL_RECORD_JSON_H
#define HR_INSTALL_RECORD_JSON_H

#include "install/record.h"

#define RECORD_ENDPOINT_SCHEMA "hostroute.record-endpoint/1"

/* True when the interface has a point with an endpoint's address. */
bool record_is_endpoint(const struct record *record, const char *interface);

/* All but the endpoints, whose directory is named. The caller frees *out. 0 or -ENOMEM. */
int record_format_node(const struct record *record, const char *endpoints, char **out);

/* What belongs to one endpoint's interface. The caller frees *out. 0 or -ENOMEM. */
int record_format_endpoint(const struct record *record, const char *interface, char **out);

/* Adds what record_format_endpoint() wrote for that interface. As record_parse(). */
int record_parse_endpoint(const char *text, size_t len, const char *interface,
			  struct record *record, char *why, size_t why_size);

#endif
