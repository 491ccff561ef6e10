/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of the user's own, which win over the built-in ones. Counted: calls under way keep the list that they began with. */
#ifndef PROMTAP_LLM_PROVIDER_LIST_H
#define PROMTAP_LLM_PROVIDER_LIST_H

#include "llm/provider.h"

struct provider_list;

/* `text`: "HOST=PROVIDER" or "HOST=PROVIDER/GATEWAY", parted by commas; '*' in
 * HOST stands for any characters, and the first that fits counts. Null or
 * empty: an empty list. 0; -EINVAL: not of this form, or more than
 * PROVIDERS_MAX; -ENOMEM. */
int provider_list_parse(const char *text, struct provider_list **ret);
struct provider_list *provider_list_ref(struct provider_list *list);
void provider_list_unref(struct provider_list *list);	/* null: nothing */

/* The user's row that fits, else the built-in one; null: none. */
const struct provider *provider_list_find(const struct provider_list *list, struct slice authority, struct slice path);

/* The gateway that stands before this provider at its host; null: none. */
const char *provider_list_gateway(const struct provider_list *list, const struct provider *provider);

#endif
