/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROMTAP_EXPORT_OTLP_H
#define PROMTAP_EXPORT_OTLP_H

#include "export/exporter.h"

extern const struct exporter otlp_exporter;

#endif
