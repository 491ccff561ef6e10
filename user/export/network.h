/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in digits, and networks of them. IPv4 is held as IPv6 holds it (::ffff:a.b.c.d, RFC 4291, 2.5.5.2). */
#ifndef PROMTAP_EXPORT_NETWORK_H
#define PROMTAP_EXPORT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

struct address {
	uint8_t bytes[16];
};

struct network {
	struct address address;
	unsigned bits;
};

/* 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret);
/* "10.0.0.0/8", "fd00::/8"; without a length one address. 0 or -EINVAL. */
int network_parse(const char *text, struct network *ret);

bool network_holds(const struct network *network, const struct address *address);
/* 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct address *address);

#endif
