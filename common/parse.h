/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text to number and address. The whole string must be consumed: "80x" is an error, not 80. All return 0
 * and write *out, or return -EINVAL (not of that form) or -ERANGE (too large) and leave *out alone.
 */
#ifndef HR_COMMON_PARSE_H
#define HR_COMMON_PARSE_H

#include <stdint.h>

struct cidr4 {
	uint32_t addr; /* network byte order, host bits zero */
	uint8_t len; /* 0..32 */
};

/* Decimal digits only, value <= max. */
int parse_uint(const char *text, uint64_t max, uint64_t *out);
int parse_u32(const char *text, uint32_t *out);
int parse_u16(const char *text, uint16_t *out);

/* Dotted quad, to network byte order. */
int parse_ipv4(const char *text, uint32_t *out);

/* "10.233.64.0/24"; set host bits are -EINVAL, because they are a typing error more often than not. */
int parse_cidr4(const char *text, struct cidr4 *out);

/* "02:00:00:00:00:01", either case. */
int parse_mac(const char *text, uint8_t out[6]);

/* Bytes with an optional K, M, G or T suffix (powers of 1024). */
int parse_size(const char *text, uint64_t *out);

#define IPV4_TEXT_MAX 16
#define CIDR4_TEXT_MAX 20
#define MAC_TEXT_MAX 18

/* Write the text form into the caller's buffer and return it. addr in network byte order. */
const char *ipv4_text(uint32_t addr, char out[IPV4_TEXT_MAX]);
const char *cidr4_text(struct cidr4 cidr, char out[CIDR4_TEXT_MAX]);
const char *mac_text(const uint8_t mac[6], char out[MAC_TEXT_MAX]);

/* Netmask of a prefix length, network byte order. */
uint32_t cidr4_mask(uint8_t len);

#endif
