/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/checks.h"

#include "base/cleanup.h"
#include "detect/check_kinds.h"

#define SHAPE "a shape of the token: url:22 . url:43-"

const struct check checks[] = {
	{ "token", SHAPE " that follows the match", check_token, check_token_args_fit },
	{ "token_after", SHAPE " within 64 bytes behind the match", check_token_after, check_token_args_fit },
	{ "token_around", SHAPE " that the match stands in", check_token_around, check_token_args_fit },
	{ "github", NULL, check_github, NULL },
	{ "openai", NULL, check_openai, NULL },
	{ "aws_key_id", NULL, check_aws_key_id, NULL },
	{ "azure_secret", NULL, check_azure_secret, NULL },
	{ "telegram", NULL, check_telegram, NULL },
	{ "jwt", NULL, check_jwt, NULL },
	{ "private_key", NULL, check_private_key, NULL },
	{ "url_credentials", NULL, check_url_credentials, NULL },
	{ "password", NULL, check_password, NULL },
	{ "authorization", NULL, check_authorization, NULL },
	{ "key_value", NULL, check_key_value, NULL },
	{ "card", NULL, check_card, NULL },
	{ "iban", NULL, check_iban, NULL },
	{ "person_id", "one of us, americas, companies, europe, elsewhere", check_person_id, check_person_group_fits },
	{ "person_id_itself", "kinds of numbers, parted by blanks", check_person_id_itself, check_person_args_fit },
	{ "person_id_near", "kinds of numbers, parted by blanks", check_person_id_near, check_person_args_fit },
	{ "email", "how many addresses the text must have", check_email, check_email_args_fit },
	{ "phone", NULL, check_phone, NULL },
	{ "phone_us", NULL, check_phone_us, NULL },
	{ "phone_after", NULL, check_phone_after, NULL },
	{ "ipv4", NULL, check_ipv4, NULL },
	{ "ipv6", NULL, check_ipv6, NULL },
	{ "coordinates", NULL, check_coordinates, NULL },
	{ "date_after", NULL, check_date_after, NULL },
	{ "unquoted", NULL, check_unquoted, NULL },
	{ "carries_text", "what the address is of: image, link, encoded", check_carries_text, check_carries_text_args_fit },
	{ "hidden_text", NULL, check_hidden_text, NULL },
};
const uint32_t check_count = ARRAY_SIZE(checks);

const struct check *check_of(struct slice name)
{
	for (uint32_t i = 0; i < check_count; i++) {
		if (slice_eq(name, slice_of(checks[i].name)))
			return &checks[i];
	}
	return NULL;
}

bool check_args_fit(const struct check *check, const char *args)
{
	return check->args_fit ? check->args_fit(args) : args[0] == '\0';
}
