/* SPDX-License-Identifier: Apache-2.0 */
#include "export/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

#define IPV4_AT 12	/* of the bytes */
#define IPV4_BITS (8 * IPV4_AT)

static const uint8_t mapped[IPV4_AT] = { [10] = 0xff, [11] = 0xff };

int address_parse(const char *text, struct address *ret)
{
	struct address parsed;

	if (inet_pton(AF_INET, text, parsed.bytes + IPV4_AT) == 1)
		memcpy(parsed.bytes, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
		return -EINVAL;
	*ret = parsed;
	return 0;
}

static int parse_bits(const char *text, unsigned max, unsigned *ret)
{
	unsigned long bits;

	if (*text == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	bits = strtoul(text, NULL, 10);
	if (bits > max)
		return -EINVAL;
	*ret = (unsigned)bits;
	return 0;
}

int network_parse(const char *text, struct network *ret)
{
	const char *slash = strchr(text, '/');
	struct network parsed = { .bits = 128 };
	char plain[INET6_ADDRSTRLEN];
	bool is_ipv4;

	if (!slice_copy(plain, sizeof(plain), (struct slice){ text, slash ? (size_t)(slash - text) : strlen(text) }) ||
	    address_parse(plain, &parsed.address) < 0)
		return -EINVAL;
	is_ipv4 = !strchr(plain, ':');
	if (slash && parse_bits(slash + 1, is_ipv4 ? 32 : 128, &parsed.bits) < 0)
		return -EINVAL;
	if (slash && is_ipv4)
		parsed.bits += IPV4_BITS;
	*ret = parsed;
	return 0;
}

bool network_holds(const struct network *network, const struct address *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

bool address_is_loopback(const struct address *address)
{
	static const struct network ipv4 = { { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, IPV4_BITS + 8 };
	static const struct network ipv6 = { { { [15] = 1 } }, 128 };

	return network_holds(&ipv4, address) || network_holds(&ipv6, address);
}
