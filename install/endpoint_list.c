// SPDX-License-Identifier: BSD-2-Clause
/* Prints the endpoint map. Changes nothing and takes no lock. */
#include "install/endpoint_list.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/endpoint_map.h"
#include "install/preflight.h"

#define LIST_SCHEMA "hostroute.endpoints/1"

DEFINE_CLEANUP(endpoints, struct endpoint *, free)

static int print_json(const struct endpoint *list, size_t count)
{
	json_t *array = json_array();
	json_auto_t *root = json_pack("{s:s, s:o}", "schema", LIST_SCHEMA, "endpoints", array);

	for (size_t i = 0; root && i < count; i++) {
		char ip[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];

		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:I}", "ip",
						       ipv4_text(list[i].ip, ip), "interface",
						       list[i].interface, "mac",
						       mac_text(list[i].mac, mac), "identity",
						       (json_int_t)list[i].identity));
	}
	if (!root || json_dumpf(root, stdout, JSON_INDENT(2)))
		return log_err(-ENOMEM, "print endpoints");
	putchar('\n');
	return 0;
}

static void print_text(const struct endpoint *list, size_t count)
{
	printf("%-15s  %-15s  %-17s  %s\n", "ADDRESS", "INTERFACE", "MAC", "IDENTITY");
	for (size_t i = 0; i < count; i++) {
		char ip[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];

		printf("%-15s  %-15s  %-17s  %u\n", ipv4_text(list[i].ip, ip),
		       list[i].interface[0] ? list[i].interface : "(gone)",
		       mac_text(list[i].mac, mac), list[i].identity);
	}
}

int endpoint_list(const struct install_request *request)
{
	_cleanup_(endpoints) struct endpoint *list = NULL;
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	size_t count;
	int err;

	err = preflight_process(&request->paths);
	if (err)
		return EXIT_STATUS_ENVIRONMENT;
	err = rtnl_open(&nl);
	if (err) {
		log_err(err, "open a netlink socket");
		return EXIT_STATUS_ENVIRONMENT;
	}
	err = endpoint_map_read(&request->paths, nl, &list, &count);
	if (err == -ENOENT)
		log_fail(err, "nothing is applied on this node");
	else if (!err && request->format == CLI_JSON)
		err = print_json(list, count);
	else if (!err)
		print_text(list, count);
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}
