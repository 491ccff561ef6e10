/* SPDX-License-Identifier: Apache-2.0 */
/* The dialects, one C file each; the rows of dialects.c. */
#ifndef PROMTAP_LLM_DIALECTS_H
#define PROMTAP_LLM_DIALECTS_H

#include "llm/provider.h"

extern const struct dialect dialect_openai_chat;
extern const struct dialect dialect_openai_completions;
extern const struct dialect dialect_openai_responses;
extern const struct dialect dialect_openai_embeddings;
extern const struct dialect dialect_openai_images;
extern const struct dialect dialect_openai_transcription;
extern const struct dialect dialect_openai_speech;
extern const struct dialect dialect_openai_moderations;
extern const struct dialect dialect_anthropic_messages;
extern const struct dialect dialect_anthropic_complete;
extern const struct dialect dialect_grpc;
extern const struct dialect dialect_mcp;
extern const struct dialect dialect_a2a;
extern const struct dialect dialect_gemini_generate;
extern const struct dialect dialect_gemini_embed;
extern const struct dialect dialect_gemini_predict;
extern const struct dialect dialect_gemini_interactions;

#endif
