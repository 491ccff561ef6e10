/* SPDX-License-Identifier: Apache-2.0 */
/* The checks behind the rows of checks.c, by file. */
#ifndef PROMTAP_DETECT_CHECK_KINDS_H
#define PROMTAP_DETECT_CHECK_KINDS_H

#include "detect/checks.h"

/* check_token.c: strings that issuers make, known by prefix and shape */
enum check_result check_token(struct check_match *match);
enum check_result check_token_after(struct check_match *match);
enum check_result check_token_around(struct check_match *match);
enum check_result check_github(struct check_match *match);
enum check_result check_openai(struct check_match *match);
enum check_result check_aws_key_id(struct check_match *match);
enum check_result check_azure_secret(struct check_match *match);
enum check_result check_telegram(struct check_match *match);
bool check_token_args_fit(const char *args);

/* check_secret.c: secrets that are known by what stands around them */
enum check_result check_jwt(struct check_match *match);
enum check_result check_private_key(struct check_match *match);
enum check_result check_url_credentials(struct check_match *match);
enum check_result check_password(struct check_match *match);
enum check_result check_authorization(struct check_match *match);
enum check_result check_key_value(struct check_match *match);

/* check_number.c: payment cards, accounts */
enum check_result check_card(struct check_match *match);
enum check_result check_iban(struct check_match *match);

/* check_person.c: numbers that states give to people */
enum check_result check_person_id(struct check_match *match);
enum check_result check_person_id_near(struct check_match *match);
enum check_result check_person_id_itself(struct check_match *match);
bool check_person_group_fits(const char *args);
bool check_person_args_fit(const char *args);

/* check_contact.c: where somebody is reached or is */
enum check_result check_email(struct check_match *match);
enum check_result check_phone(struct check_match *match);
enum check_result check_phone_us(struct check_match *match);
enum check_result check_phone_after(struct check_match *match);
enum check_result check_coordinates(struct check_match *match);
enum check_result check_date_after(struct check_match *match);
bool check_email_args_fit(const char *args);

/* check_ip.c */
enum check_result check_ipv4(struct check_match *match);
enum check_result check_ipv6(struct check_match *match);

/* check_quote.c: the match is not code that is only shown */
enum check_result check_unquoted(struct check_match *match);

/* check_url.c: the URL behind the match carries text away */
enum check_result check_carries_text(struct check_match *match);
bool check_carries_text_args_fit(const char *args);

/* check_screen.c: the sequence that the match ends hides words */
enum check_result check_hidden_text(struct check_match *match);

#endif
