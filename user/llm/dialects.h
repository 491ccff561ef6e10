/* SPDX-License-Identifier: Apache-2.0 */
/* The dialects, one C file each; the rows of dialects.c. */
#ifndef PROMTAP_LLM_DIALECTS_H
#define PROMTAP_LLM_DIALECTS_H

#include "llm/provider.h"

extern const struct dialect dialect_openai_chat;
extern const struct dialect dialect_mistral_fim;
extern const struct dialect dialect_openai_completions;
extern const struct dialect dialect_openai_responses;
extern const struct dialect dialect_openai_embeddings;
extern const struct dialect dialect_openai_images;
extern const struct dialect dialect_openai_transcription;
extern const struct dialect dialect_openai_speech;
extern const struct dialect dialect_openai_moderations;
extern const struct dialect dialect_anthropic_messages;
extern const struct dialect dialect_anthropic_complete;
extern const struct dialect dialect_bedrock_converse;
extern const struct dialect dialect_bedrock_invoke;
extern const struct dialect dialect_bedrock_agent;
extern const struct dialect dialect_sagemaker;
extern const struct dialect dialect_grpc;
extern const struct dialect dialect_mcp;
extern const struct dialect dialect_a2a;
extern const struct dialect dialect_gemini_generate;
extern const struct dialect dialect_gemini_embed;
extern const struct dialect dialect_gemini_predict;
extern const struct dialect dialect_gemini_interactions;
extern const struct dialect dialect_cohere_v2;
extern const struct dialect dialect_cohere_v1;
extern const struct dialect dialect_cohere_generate;
extern const struct dialect dialect_cohere_embed;
extern const struct dialect dialect_cohere_rerank;
extern const struct dialect dialect_ollama_chat;
extern const struct dialect dialect_ollama_generate;
extern const struct dialect dialect_ollama_embed;
extern const struct dialect dialect_mistral_conversations;
extern const struct dialect dialect_watsonx;
extern const struct dialect dialect_aleph_alpha;
extern const struct dialect dialect_replicate;
extern const struct dialect dialect_dashscope;
extern const struct dialect dialect_tgi;
extern const struct dialect dialect_tei_embed;
extern const struct dialect dialect_tei_rerank;
extern const struct dialect dialect_sglang;
extern const struct dialect dialect_llamacpp_completion;
extern const struct dialect dialect_llamacpp_embedding;
extern const struct dialect dialect_openai_realtime;
extern const struct dialect dialect_gemini_live;

#endif
