/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web endpoint: /metrics, /healthz, /readyz and an index; GET and HEAD. And
 * /api/, where the setup has an access and asks (web_api.h).
 * civetweb's threads talk HTTP; they get finished payloads and never touch the
 * registry. With a certificate clients come through tls_front.h, and civetweb
 * listens on a port of this machine alone. Bounded: WEB_THREADS connections at a time, a short queue behind
 * them, WEB_TIMEOUT_MS for a client that sends or reads nothing.
 */
#ifndef PROMTAP_EXPORT_WEB_H
#define PROMTAP_EXPORT_WEB_H

#include "export/exporter.h"

#define WEB_THREADS "4"
#define WEB_ASKS 6		/* as many, and what nobody waits for any more */
#define WEB_ASK_MS 2000
#define WEB_QUEUE "16"
#define WEB_TIMEOUT_MS "3000"
#define WEB_PAYLOAD_BYTES_MAX (64u << 20)
#define WEB_FRESH_MS 100	/* a payload younger than this answers a scrape as it is */
#define WEB_RENDER_MS 2000	/* then the last payload answers, whatever its age */

extern const struct exporter web_exporter;

#endif
