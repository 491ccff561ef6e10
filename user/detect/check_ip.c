/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses of the public Internet. */
#include <arpa/inet.h>

#include "base/cleanup.h"
#include "detect/check_kinds.h"
#include "detect/check_text.h"

/* IANA special-purpose registry (RFC 6890 and updates), multicast, and the resolvers that stand in every example. */
static const struct {
	uint32_t network;
	unsigned int bits;
} special_networks[] = {
	{ 0x00000000, 8 },  { 0x0a000000, 8 },	{ 0x64400000, 10 }, { 0x7f000000, 8 },	{ 0xa9fe0000, 16 },
	{ 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0586300, 24 }, { 0xc0a80000, 16 },
	{ 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 }, { 0xe0000000, 3 },	{ 0x08080808, 32 },
	{ 0x08080404, 32 }, { 0x01010101, 32 }, { 0x01000001, 32 }, { 0x09090909, 32 }, { 0x01020304, 32 },
};

static bool is_special(uint32_t address)
{
	for (size_t i = 0; i < ARRAY_SIZE(special_networks); i++) {
		unsigned int rest = 32 - special_networks[i].bits;

		if ((address ^ special_networks[i].network) >> rest == 0)
			return true;
	}
	return false;
}

static bool is_version(const struct check_match *match)
{
	static const char words[] = "version| ver.| v |release|section|chapter|chrome/|build|assembly| oid |==|>=|@";

	return check_has_word(check_line_before(match, match->start, 24), words);
}

/* The match ends with nine digits or more: shorter addresses are as likely versions. */
enum check_result check_ipv4(struct check_match *match)
{
	uint32_t end = check_digits_end(match), run = check_run_back(match, end, CHARS_DIGIT | CHAR_DOT, 16);
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr address;

	if (run > 15 || run < 7)
		return CHECK_NO;
	match->end = end;
	match->start = end - run;
	if (!check_number_starts(match, match->start) || !check_number_ends(match, match->end))
		return CHECK_NO;
	(void)slice_copy(text, sizeof(text), check_slice(match, match->start, match->end));
	if (inet_pton(AF_INET, text, &address) != 1 || is_special(ntohl(address.s_addr)) || is_version(match))
		return CHECK_NO;
	return CHECK_YES;
}

/* The match ends within the address, behind two groups of hex and a colon. */
enum check_result check_ipv6(struct check_match *match)
{
	const unsigned int mask = CHARS_DIGIT | CHAR_LOWER_HEX | CHAR_UPPER_HEX;
	uint32_t start = match->end, end = match->end, limit = 46;
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;

	while (start > 0 && match->end - start < limit &&
	       (char_is(match->text.ptr[start - 1], mask) || match->text.ptr[start - 1] == ':'))
		start--;
	while (end < match->text.len && end - start < limit && (char_is(match->text.ptr[end], mask) || match->text.ptr[end] == ':'))
		end++;
	if (!check_border_before(match, start) || !check_border_after(match, end) || end - start >= INET6_ADDRSTRLEN)
		return CHECK_NO;
	(void)slice_copy(text, sizeof(text), check_slice(match, start, end));
	if (inet_pton(AF_INET6, text, &address) != 1)
		return CHECK_NO;
	match->start = start;
	match->end = end;
	/* Global unicast is 2000::/3; 2001:db8::/32 and 3fff::/20 are documentation. */
	return address.s6_addr[0] >> 5 == 1 && memcmp(&address, "\x20\x01\x0d\xb8", 4) != 0 &&
			       memcmp(&address, "\x3f\xff", 2) != 0 && end - start >= 12
		       ? CHECK_YES
		       : CHECK_NO;
}
