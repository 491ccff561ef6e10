/* SPDX-License-Identifier: Apache-2.0 */
/* Call records: one JSON object a line for each call (docs/call-record.md). */
#ifndef PROMTAP_EXPORT_JSONL_H
#define PROMTAP_EXPORT_JSONL_H

#include "export/exporter.h"

extern const struct exporter jsonl_exporter;

#endif
