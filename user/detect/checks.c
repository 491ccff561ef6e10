/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/checks.h"

#include "base/cleanup.h"
#include "detect/check_kinds.h"

#define SHAPE "a shape of the token: url:22 . url:43-"

const struct check checks[] = {
	{ "token", SHAPE " that follows the match", check_token, check_token_args_fit, false },
	{ "token_after", SHAPE " within 64 bytes behind the match", check_token_after, check_token_args_fit, false },
	{ "token_around", SHAPE " that the match stands in", check_token_around, check_token_args_fit, false },
	{ "github", NULL, check_github, NULL, false },
	{ "openai", NULL, check_openai, NULL, false },
	{ "aws_key_id", NULL, check_aws_key_id, NULL, false },
	{ "azure_secret", NULL, check_azure_secret, NULL, false },
	{ "telegram", NULL, check_telegram, NULL, false },
	{ "jwt", NULL, check_jwt, NULL, false },
	{ "private_key", NULL, check_private_key, NULL, false },
	{ "url_credentials", NULL, check_url_credentials, NULL, false },
	{ "password", NULL, check_password, NULL, false },
	{ "authorization", NULL, check_authorization, NULL, false },
	{ "key_value", NULL, check_key_value, NULL, false },
	{ "card", NULL, check_card, NULL, false },
	{ "iban", NULL, check_iban, NULL, false },
	{ "person_id", "one of us, americas, companies, europe, elsewhere", check_person_id, check_person_group_fits, false },
	{ "person_id_itself", "kinds of numbers, parted by blanks", check_person_id_itself, check_person_args_fit, false },
	{ "person_id_near", "kinds of numbers, parted by blanks", check_person_id_near, check_person_args_fit, false },
	{ "email", "how many addresses the text must have", check_email, check_email_args_fit, true },
	{ "phone", NULL, check_phone, NULL, false },
	{ "phone_us", NULL, check_phone_us, NULL, false },
	{ "phone_after", NULL, check_phone_after, NULL, false },
	{ "ipv4", NULL, check_ipv4, NULL, false },
	{ "ipv6", NULL, check_ipv6, NULL, false },
	{ "coordinates", NULL, check_coordinates, NULL, false },
	{ "date_after", NULL, check_date_after, NULL, false },
	{ "unquoted", NULL, check_unquoted, NULL, true },
	{ "carries_text", "what the address is of: image, link, encoded", check_carries_text, check_carries_text_args_fit,
	  false },
	{ "hidden_text", NULL, check_hidden_text, NULL, false },
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
