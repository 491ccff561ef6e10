/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in PEM (RFC 7468): what a user names in the configuration is looked at before it is used. */
#ifndef PROMTAP_BASE_CERTIFICATES_H
#define PROMTAP_BASE_CERTIFICATES_H

#include <stdbool.h>
#include <stdint.h>

#define CERTIFICATES_PROBLEM_BYTES 160
#define CERTIFICATES_MAX 4096	/* of one text; a system's whole store has some 150 */

struct stack_st_X509;	/* STACK_OF(X509) of <openssl/x509.h> */

/* All that stand in `pem`, in its order, one at least; other blocks and what is between them are passed over. Null:
 * `ret_problem` says what is wrong and the cure. Free with certificates_free(). */
struct stack_st_X509 *certificates_read(const char *pem, char ret_problem[CERTIFICATES_PROBLEM_BYTES]);
void certificates_free(struct stack_st_X509 *certificates);

/* Whether certificates_read() takes it. */
bool certificates_are_right(const char *pem, char ret_problem[CERTIFICATES_PROBLEM_BYTES]);

/* When the first one begins and ceases to be valid; each null: not asked for. False: its times cannot be read. */
bool certificates_times(const struct stack_st_X509 *certificates, int64_t *ret_from_unix_s, int64_t *ret_until_unix_s);

#endif
