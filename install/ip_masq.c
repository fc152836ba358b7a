// SPDX-License-Identifier: BSD-2-Clause
/* The ip-masq-agent's file to a list of prefixes. */
#include "install/ip_masq.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "config/yaml.h"

#define LINK_LOCAL "169.254.0.0/16"

/* Keys that agents have. */
enum key {
	KEY_CIDRS,
	KEY_LINK_LOCAL,
	KEY_LINK_LOCAL_IPV6, /* 1.14; of IPv6 */
	KEY_RESYNC, /* of the agent that is no part of Cilium */
	KEY__COUNT,
};

static const char *const key_names[KEY__COUNT] = {
	[KEY_CIDRS] = "nonMasqueradeCIDRs",
	[KEY_LINK_LOCAL] = "masqLinkLocal",
	[KEY_LINK_LOCAL_IPV6] = "masqLinkLocalIPv6",
	[KEY_RESYNC] = "resyncInterval",
};

static const char *const default_cidrs[] = {
	"10.0.0.0/8",	   "172.16.0.0/12",  "192.168.0.0/16", "100.64.0.0/10",
	"192.0.0.0/24",	   "192.0.2.0/24",   "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
};

/* Bits beyond the prefix are dropped, as the agent does. */
static int parse_prefix(const char *text, struct cidr4 *out)
{
	char addr[IPV4_TEXT_MAX];
	const char *slash = strchr(text, '/');
	uint64_t len;

	if (!slash || (size_t)(slash - text) >= sizeof(addr) || parse_uint(slash + 1, 32, &len))
		return -EINVAL;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (parse_ipv4(addr, &out->addr))
		return -EINVAL;
	out->len = (uint8_t)len;
	out->addr &= cidr4_mask(out->len);
	return 0;
}

static int add(struct ip_masq *masq, struct cidr4 cidr)
{
	struct cidr4 *cidrs = reallocarray(masq->cidrs, masq->count + 1, sizeof(*cidrs));

	if (!cidrs)
		return -ENOMEM;
	masq->cidrs = cidrs;
	masq->cidrs[masq->count++] = cidr;
	return 0;
}

static int add_text(struct ip_masq *masq, const char *text)
{
	struct cidr4 cidr;
	int err = parse_prefix(text, &cidr);

	return err ? err : add(masq, cidr);
}

static int read_cidr(const struct yaml_file *file, const struct yaml_node *node,
		     struct ip_masq *out, struct diag_list *diags)
{
	const char *text = yaml_text(node);
	int err = text ? add_text(out, text) : -EINVAL;

	if (err == -EINVAL)
		return yaml_error(file, node, diags, "%.64s is not an IPv4 CIDR",
				  text ? text : "this");
	return err;
}

static int read_cidrs(const struct yaml_file *file, const struct yaml_node *list,
		      struct ip_masq *out, struct diag_list *diags)
{
	int first = 0;

	if (!list || yaml_is_null(list))
		return 0;
	if (list->kind != YAML_SEQUENCE)
		return yaml_error(file, list, diags, "nonMasqueradeCIDRs is not a list");
	for (size_t i = 0; i < list->count; i++) {
		int err = read_cidr(file, list->items[i], out, diags);

		first = first ?: err;
	}
	return first;
}

static int read_link_local(const struct yaml_file *file, const struct yaml_node *node,
			   struct ip_masq *out, struct diag_list *diags)
{
	bool masquerade = false;

	if (node && !yaml_is_null(node) && yaml_bool(node, &masquerade))
		return yaml_error(file, node, diags, "masqLinkLocal is neither true nor false");
	return masquerade ? 0 : add_text(out, LINK_LOCAL);
}

static enum key find_key(const char *name)
{
	enum key key = 0;

	while (key < KEY__COUNT && strcasecmp(key_names[key], name) != 0)
		key++;
	return key;
}

static int read_keys(const struct yaml_file *file, const struct yaml_node *root,
		     const struct yaml_node *values[KEY__COUNT], struct diag_list *diags)
{
	int err = 0;

	for (size_t i = 0; root && i < root->count; i++) {
		const struct yaml_node *name = root->keys[i];
		enum key key = find_key(name->text);

		if (key == KEY__COUNT)
			diag_add(diags, DIAG_WARNING, yaml_pos(file, name), file->text,
				 "%.64s: no key of this file; it has nonMasqueradeCIDRs and "
				 "masqLinkLocal",
				 name->text);
		else if (values[key])
			err = yaml_error(file, name, diags, "%s is there twice", key_names[key]);
		else
			values[key] = root->items[i];
	}
	return err;
}

static int compare_cidrs(const void *a, const void *b)
{
	const struct cidr4 *x = a, *y = b;
	uint32_t left = ntohl(x->addr), right = ntohl(y->addr);

	if (left != right)
		return left < right ? -1 : 1;
	return x->len - y->len;
}

static void merge(struct ip_masq *masq)
{
	size_t kept = 0;

	if (masq->count)
		qsort(masq->cidrs, masq->count, sizeof(*masq->cidrs), compare_cidrs);
	for (size_t i = 0; i < masq->count; i++) {
		if (!kept || compare_cidrs(&masq->cidrs[kept - 1], &masq->cidrs[i]))
			masq->cidrs[kept++] = masq->cidrs[i];
	}
	masq->count = kept;
}

/* A file of comments only has no document: no CIDRs, and no defaults either. */
static int read_document(const struct yaml_file *file, struct ip_masq *out, struct diag_list *diags)
{
	const struct yaml_node *root = file->count ? file->documents[0] : NULL;
	const struct yaml_node *values[KEY__COUNT] = { NULL };
	int err, next;

	if (file->count > 1)
		return yaml_error(file, file->documents[1], diags, "a second document");
	if (root && root->kind != YAML_MAPPING)
		return yaml_error(file, root, diags, "not a mapping");
	err = read_keys(file, root, values, diags);
	next = read_cidrs(file, values[KEY_CIDRS], out, diags);
	err = err ?: next;
	next = read_link_local(file, values[KEY_LINK_LOCAL], out, diags);
	err = err ?: next;
	merge(out);
	if (!err && out->count > HR_IPMASQ_MAX)
		return yaml_error(file, values[KEY_CIDRS] ?: root, diags,
				  "%zu CIDRs, of %d that there is room for", out->count,
				  HR_IPMASQ_MAX);
	return err;
}

static int read_defaults(struct ip_masq *out)
{
	int err = add_text(out, LINK_LOCAL);

	for (size_t i = 0; !err && i < ARRAY_SIZE(default_cidrs); i++)
		err = add_text(out, default_cidrs[i]);
	merge(out);
	return err;
}

static int read_text(const char *name, const char *text, size_t len, struct ip_masq *out,
		     struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };
	int err = yaml_parse(name, text, len, &file, diags);

	if (!err)
		err = read_document(&file, out, diags);
	/* Diagnostics outlive the file: they point at the caller's name. */
	for (size_t i = 0; i < diags->count; i++)
		diags->items[i].pos.file = name;
	return err;
}

int ip_masq_parse(const char *name, const char *text, size_t len, struct ip_masq *out,
		  struct diag_list *diags)
{
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };
	int err = len ? read_text(name, text, len, &masq, diags) : read_defaults(&masq);

	*out = (struct ip_masq){ 0 };
	if (err)
		return err;
	*out = masq;
	masq = (struct ip_masq){ 0 };
	return 0;
}

int ip_masq_read(const char *path, struct ip_masq *out, struct diag_list *diags)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int err = file_read(path, IP_MASQ_MAX_BYTES, &text, &len);

	*out = (struct ip_masq){ 0 };
	if (err && err != -ENOENT)
		return log_err(err, "read %s", path);
	err = ip_masq_parse(path, text, err ? 0 : len, out, diags);
	return err == -ENOMEM ? log_err(err, "read %s", path) : err;
}

void ip_masq_fini(struct ip_masq *masq)
{
	free(masq->cidrs);
	*masq = (struct ip_masq){ 0 };
}
