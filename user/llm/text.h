/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names from the wire made fit for people and for labels: bounded, valid
 * UTF-8, printable. They come from models, gateways and attackers alike.
 */
#ifndef PROMTAP_LLM_TEXT_H
#define PROMTAP_LLM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Copies into `size` > 0 bytes, terminated, cut between characters. What is
 * not printable (controls, line separators, marks that turn the direction of
 * text, invalid UTF-8) becomes '_'. */
void text_copy(char *buffer, size_t size, struct slice s);

/* Whether text_copy would leave it as it is, given the room. */
bool text_printable(struct slice s);

#endif
