// SPDX-License-Identifier: BSD-2-Clause
/* Strict text to number and address conversions. */
#include "common/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int parse_uint(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}
	if (value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

int parse_u32(const char *text, uint32_t *out)
{
	uint64_t value;
	int err = parse_uint(text, UINT32_MAX, &value);

	if (!err)
		*out = (uint32_t)value;
	return err;
}

int parse_u16(const char *text, uint16_t *out)
{
	uint64_t value;
	int err = parse_uint(text, UINT16_MAX, &value);

	if (!err)
		*out = (uint16_t)value;
	return err;
}

int parse_ipv4(const char *text, uint32_t *out)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return -EINVAL;
	*out = addr.s_addr;
	return 0;
}

uint32_t cidr4_mask(uint8_t len)
{
	return len ? htonl(UINT32_MAX << (32 - len)) : 0;
}

int parse_cidr4(const char *text, struct cidr4 *out)
{
	const char *slash = strchr(text, '/');
	char addr_text[IPV4_TEXT_MAX];
	uint64_t len;
	uint32_t addr;

	if (!slash || (size_t)(slash - text) >= sizeof(addr_text))
		return -EINVAL;
	memcpy(addr_text, text, (size_t)(slash - text));
	addr_text[slash - text] = '\0';
	if (parse_ipv4(addr_text, &addr) || parse_uint(slash + 1, 32, &len))
		return -EINVAL;
	if (addr & ~cidr4_mask((uint8_t)len))
		return -EINVAL;
	*out = (struct cidr4){ .addr = addr, .len = (uint8_t)len };
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_mac(const char *text, uint8_t out[6])
{
	uint8_t mac[6];

	if (strlen(text) != MAC_TEXT_MAX - 1)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		int high = hex_digit(text[i * 3]), low = hex_digit(text[i * 3 + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, mac, sizeof(mac));
	return 0;
}

int parse_size(const char *text, uint64_t *out)
{
	static const char suffixes[] = "KMGT";
	size_t len = strlen(text);
	const char *suffix = len ? strchr(suffixes, text[len - 1]) : NULL;
	char digits[24];
	uint64_t value;
	int err;

	if (suffix)
		len--;
	if (len >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, len);
	digits[len] = '\0';
	err = parse_uint(digits, UINT64_MAX, &value);
	if (err)
		return err;
	for (const char *p = suffixes; suffix && p <= suffix; p++) {
		if (__builtin_mul_overflow(value, 1024, &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

const char *ipv4_text(uint32_t addr, char out[IPV4_TEXT_MAX])
{
	inet_ntop(AF_INET, &addr, out, IPV4_TEXT_MAX);
	return out;
}

const char *cidr4_text(struct cidr4 cidr, char out[CIDR4_TEXT_MAX])
{
	char addr[IPV4_TEXT_MAX];

	snprintf(out, CIDR4_TEXT_MAX, "%s/%u", ipv4_text(cidr.addr, addr), cidr.len);
	return out;
}

const char *mac_text(const uint8_t mac[6], char out[MAC_TEXT_MAX])
{
	snprintf(out, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return out;
}
