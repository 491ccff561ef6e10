/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/place.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/slice.h"

bool url_has_scheme(const char *url, const char *const *schemes)
{
	for (; *schemes; schemes++)
		if (strncasecmp(url, *schemes, strlen(*schemes)) == 0)
			return true;
	return false;
}

void url_host(const char *url, char ret[PLACE_HOST_BYTES])
{
	const char *host = strstr(url, "://"), *at;
	size_t len;

	ret[0] = '\0';
	if (!host)
		return;
	host += 3;
	len = strcspn(host, "/?#");
	at = memchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
	} else {
		size_t colon = strcspn(host, ":");

		len = colon < len ? colon : len;
	}
	(void)slice_copy(ret, PLACE_HOST_BYTES, (struct slice){ host, len });
}

bool host_is_allowed(const struct texts *allowed, const char *host)
{
	for (size_t i = 0; i < allowed->count; i++) {
		const char *pattern = allowed->items[i];

		if (strcasecmp(pattern, host) == 0)
			return true;
		if (strncmp(pattern, "*.", 2) == 0 && strlen(host) > strlen(pattern) - 1 &&
		    strcasecmp(host + strlen(host) - (strlen(pattern) - 1), pattern + 1) == 0)
			return true;
	}
	return false;
}

/* 127.example.org is none. */
bool host_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
