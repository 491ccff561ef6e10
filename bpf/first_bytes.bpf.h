/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Refusal by first bytes: a connection whose first bytes are no HTTP/1 method
 * and no HTTP/2 preface carries no LLM call, and is not copied. That can only
 * be said of one whose birth was seen. Others (late) may be in the middle of
 * anything: each of their writes is tested, also for a frame of HTTP/2; they
 * are refused after a bounded number of negatives, and tested again after
 * idleness.
 */
#ifndef PROMTAP_FIRST_BYTES_BPF_H
#define PROMTAP_FIRST_BYTES_BPF_H

#define FIRST_BYTES 16
#define LATE_NEGATIVES_MAX 32
#define IDLE_NS 10000000000ull	/* a refused late connection silent this long is tested anew */

static __always_inline bool starts(const char *bytes, const char *word, int len)
{
	for (int i = 0; i < len; i++) {
		if (bytes[i] != word[i])
			return false;
	}
	return true;
}

/* RFC 9110 section 9 and the PATCH of RFC 5789. */
static __always_inline bool is_method(const char *bytes)
{
	return starts(bytes, "POST ", 5) || starts(bytes, "GET ", 4) || starts(bytes, "PUT ", 4) ||
	       starts(bytes, "HEAD ", 5) || starts(bytes, "DELETE ", 7) || starts(bytes, "PATCH ", 6) ||
	       starts(bytes, "OPTIONS ", 8) || starts(bytes, "CONNECT ", 8) || starts(bytes, "TRACE ", 6);
}

/* RFC 9113 section 3.4: PRI * HTTP/2.0 ... */
static __always_inline bool is_preface(const char *bytes)
{
	return starts(bytes, "PRI * HTTP/2.0", 14);
}

static __always_inline bool read_first(char *first, const void *bytes, __u64 n)
{
	__builtin_memset(first, 0, FIRST_BYTES);
	if (n >= FIRST_BYTES)
		return bpf_probe_read_user(first, FIRST_BYTES, bytes) == 0;
	/* Shorter than any head: only its own bytes may be read. */
	if (n >= 4)
		return bpf_probe_read_user(first, 4, bytes) == 0;
	return bpf_probe_read_user(first, 1, bytes) == 0;
}

/* A short first write may hold less than a method: it is given the benefit of
 * the doubt, as an application may send its head in pieces. */
static __always_inline bool begins_http(const void *bytes, __u64 n)
{
	char first[FIRST_BYTES];

	if (!read_first(first, bytes, n))
		return true;
	if (n < FIRST_BYTES)
		return first[0] >= 'A' && first[0] <= 'Z';
	return is_method(first) || is_preface(first);
}

static __always_inline bool begins_response(const void *bytes, __u64 n)
{
	char first[FIRST_BYTES];

	return n >= FIRST_BYTES && read_first(first, bytes, n) && starts(first, "HTTP/1.", 7);
}

/* A frame header of HTTP/2 (RFC 9113 section 4.1): a length that the default
 * allows, a known type, the reserved bit clear. Only SETTINGS may be empty. */
static __always_inline bool begins_frame(const void *bytes, __u64 n)
{
	char first[FIRST_BYTES];

	if (n < FIRST_BYTES || !read_first(first, bytes, n))
		return false;
	if (first[0] != 0 || (__u8)first[1] > 0x40 || (__u8)first[3] > 9 || (first[5] & 0x80))
		return false;
	return first[1] || first[2] || first[3] == 4;
}

static __always_inline bool begins_post(const void *bytes, __u64 n)
{
	char first[FIRST_BYTES];

	return n >= FIRST_BYTES && read_first(first, bytes, n) &&
	       (starts(first, "POST ", 5) || starts(first, "PUT ", 4));
}

/* Whether bytes of this connection may be copied at all. Learns from each
 * call: `direction` of the first HTTP head is that of the requests. */
static __always_inline bool connection_wanted(struct connection *connection, __u8 direction, const void *bytes,
					      __u64 n, __u64 now)
{
	__u64 idle = now - connection->last_ns;

	connection->last_ns = now;
	if (connection->state == CONNECTION_HTTP)
		return true;
	if (connection->state == CONNECTION_REFUSED && !connection->late)
		return false;
	if (begins_http(bytes, n)) {
		connection->state = CONNECTION_HTTP;
		connection->request_direction = direction;
		return true;
	}
	/* A thread that reads may have the answer before the write of the request
	 * has returned in another. */
	if (!connection->late && begins_response(bytes, n)) {
		connection->state = CONNECTION_HTTP;
		connection->request_direction = !direction;
		return true;
	}
	if (!connection->late) {
		connection->state = CONNECTION_REFUSED;
		return false;
	}
	/* In the middle of HTTP/2 no preface comes any more. Which direction asks, the verdict need not know. */
	if (begins_frame(bytes, n)) {
		connection->state = CONNECTION_HTTP;
		return true;
	}
	if (idle > IDLE_NS) {
		connection->negatives = 0;
		connection->state = CONNECTION_UNDECIDED;
	}
	if (connection->state == CONNECTION_REFUSED)
		return false;
	if (++connection->negatives >= LATE_NEGATIVES_MAX)
		connection->state = CONNECTION_REFUSED;
	return true;
}

#endif
