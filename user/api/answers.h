/* SPDX-License-Identifier: Apache-2.0 */
/* Who answers the routes of routes.c. */
#ifndef PROMTAP_API_ANSWERS_H
#define PROMTAP_API_ANSWERS_H

#include "api/request.h"

/* figures.c: what the judge knows */
int answer_services(struct request *request);
int answer_models(struct request *request);
int answer_windows(struct request *request);
int answer_drift(struct request *request);

/* alerting.c */
int answer_alerts(struct request *request);
int answer_alert_history(struct request *request);
int answer_acknowledge(struct request *request);
int answer_silences(struct request *request);
int answer_silence(struct request *request);
int answer_unsilence(struct request *request);

/* facts.c: what was counted, and how the agent is */
int answer_findings(struct request *request);
int answer_prices(struct request *request);
int answer_coverage(struct request *request);
int answer_status(struct request *request);

#endif
