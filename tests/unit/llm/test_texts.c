/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of calls, by dialect: requests and answers as they stand on the
 * wire, and what has to be given of them. Each row is played whole and cut at
 * every byte.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/dialects.h"
#include "play.h"
#include "texts_log.h"
#include "unit.h"

static struct play play;

enum answer {
	ANSWER_JSON = 0,
	ANSWER_EVENTS,	/* SSE: a line each */
	ANSWER_LINES,	/* of JSON */
	ANSWER_ARRAY,	/* its elements, a line each */
	ANSWER_AMAZON,	/* an event stream's messages, a line each */
};

struct row {
	const char *authority, *target;
	const char *request;	/* null: a body that all of them can read */
	enum answer kind;
	const char *answer;
	const char *texts;
};

static void play_lines(const char *lines, enum body_framing framing, const char *type)
{
	auto_free char *copy = strdup(lines);
	char *rest = copy;

	ck_assert_ptr_nonnull(copy);
	play_answer_head(&play, 200, type, framing);
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			play_event(&play, line);
	play_answer_end(&play);
	play_end(&play, OUTCOME_COMPLETE);
}

static void play_row(const struct row *row)
{
	play_request(&play, row->authority, row->target, row->request);
	switch (row->kind) {
	case ANSWER_JSON:
		play_answer(&play, 200, row->answer);
		break;
	case ANSWER_EVENTS:
		play_lines(row->answer, FRAMING_SSE, "text/event-stream");
		break;
	case ANSWER_LINES:
		play_lines(row->answer, FRAMING_NDJSON, "application/x-ndjson");
		break;
	case ANSWER_ARRAY:
		play_lines(row->answer, FRAMING_JSON_ARRAY, "application/json");
		break;
	case ANSWER_AMAZON:
		play_lines(row->answer, FRAMING_EVENT_STREAM, "application/vnd.amazon.eventstream");
		break;
	}
}

static void check_rows(const struct row *rows, size_t count)
{
	static const size_t pieces[] = { 0, 1, 2, 3, 5, 7, 64 };

	for (size_t i = 0; i < count; i++) {
		for (size_t piece = 0; piece < ARRAY_SIZE(pieces); piece++) {
			play.piece = pieces[piece];
			play_row(&rows[i]);
			play_expect_texts(&play, rows[i].texts);
		}
		play.count = 0;
	}
}

#define OPENAI "api.openai.com"
#define ANTHROPIC "api.anthropic.com"
#define GEMINI "generativelanguage.googleapis.com"
#define BEDROCK "bedrock-runtime.us-east-1.amazonaws.com"

/* ---- chat completions ---- */

#define CHAT OPENAI, "/v1/chat/completions"

static const struct row chat_rows[] = {
	{ CHAT,
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"be\\nkind\"},"
	  "{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"short\"}]},"
	  "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"look\"},"
	  "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}},{\"type\":\"text\",\"text\":\"here\"}]},"
	  "{\"role\":\"assistant\",\"content\":\"well\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"
	  "{\"id\":\"2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
	  "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"sunny\"},{\"role\":\"function\",\"name\":\"g\",\"content\":\"windy\"},"
	  "{\"role\":\"assistant\",\"content\":null,\"refusal\":\"no\"}],"
	  "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"weather\",\"parameters\":{\"type\":\"object\","
	  "\"properties\":{\"city\":{\"type\":\"string\",\"description\":\"a town\"},\"in\":{\"type\":\"array\",\"items\":{\"properties\":{\"x\":{\"description\":\"deep\"}}}}}}}},"
	  "{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]}",
	  ANSWER_JSON,
	  "{\"id\":\"1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\",\"refusal\":null},\"finish_reason\":\"stop\"},"
	  "{\"index\":1,\"message\":{\"role\":\"assistant\",\"reasoning_content\":\"hm\",\"content\":\"there\",\"tool_calls\":[{\"id\":\"3\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"b\\\":2}\"}}]}}]}",
	  "system<be\nkind> system<short> user<look\nhere> assistant<well> tool_args<{\"a\":1}> tool_args<{}> tool_result<sunny> "
	  "tool_result<windy> assistant<no> tool_description<f\nweather\na town\ndeep> tool_description<g> completion<hello> completion<hm\nthere> "
	  "tool_args<{\"b\":2}> |" },
	/* the role behind the text, and keys that hold more than words */
	{ CHAT,
	  "{\"messages\":[{\"content\":\"be kind\",\"role\":\"system\"},{\"content\":\"hi\",\"role\":\"user\"},{\"content\":\"odd\"},"
	  "{\"tool_calls\":[{\"function\":{\"arguments\":\"x\"}}],\"content\":\"ok\",\"role\":\"assistant\"},{\"content\":\"\",\"role\":\"user\"}],\"model\":\"m\"}",
	  ANSWER_JSON, "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":\"\\u00e9\\ud83d\\ude00\\\"\"}}]}",
	  "system<be kind> user<hi> user<odd> tool_args<x> assistant<ok> completion<\xc3\xa9\xf0\x9f\x98\x80\"> |" },
	/* choices and tool calls take turns */
	{ CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", ANSWER_EVENTS,
	  "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"so\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\" it\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"Bon\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}},{\"index\":1,\"delta\":{\"content\":\"jour\"}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\":\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\\\"y\\\"\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}},{\"index\":1,\"function\":{\"arguments\":\":2}\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n"
	  "[DONE]",
	  "user<hi> completion<so it\nHello> completion<Bonjour> tool_args<{\"x\":1}> tool_args<{\"y\":2}> |" },
	/* indexes behind what they are of, or none: two calls of one index are told by their ids */
	{ CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", ANSWER_EVENTS,
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"\",\"name\":\"f\"},\"id\":\"a\",\"index\":0}]},\"index\":0}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"one\"},\"index\":0}]},\"index\":0}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"two\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"g\",\"arguments\":\"three\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"d\",\"function\":{\"name\":\"g\",\"arguments\":\"four\"}}]}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"function_call\":{\"name\":\"h\",\"arguments\":\"fi\"}}}]}\n"
	  "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"function_call\":{\"arguments\":\"ve\"},\"audio\":{\"data\":\"AAAA\",\"transcript\":\"said\"}}}]}\n"
	  "[DONE]",
	  "user<hi> tool_args<one> tool_args<two> tool_args<three> tool_args<four> tool_args<five> completion<said> |" },
};

START_TEST(chat)
{
	check_rows(chat_rows, ARRAY_SIZE(chat_rows));
}
END_TEST

/* ---- messages ---- */

#define MESSAGES ANTHROPIC, "/v1/messages"

static const struct row messages_rows[] = {
	{ MESSAGES,
	  "{\"model\":\"m\",\"max_tokens\":9,\"system\":[{\"type\":\"text\",\"text\":\"rule one\"},{\"type\":\"text\",\"text\":\"rule two\"}],"
	  "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
	  "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"EqQB\"},{\"type\":\"text\",\"text\":\"sure\"},"
	  "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"path\":\"/etc\",\"lines\":[\"a\",{\"b\":\"c\"}],\"n\":1}}]},"
	  "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"plain\"},"
	  "{\"type\":\"tool_result\",\"tool_use_id\":\"u\",\"content\":[{\"type\":\"text\",\"text\":\"part one\"},"
	  "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==\"}},"
	  "{\"type\":\"text\",\"text\":\"part two\"}]},{\"type\":\"text\",\"text\":\"and?\"},"
	  "{\"type\":\"document\",\"source\":{\"data\":\"A page of plain text, long enough to be no file at all, with words in it.\",\"media_type\":\"text/plain\",\"type\":\"text\"},\"title\":\"Page\"},"
	  "{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":\"JVBERi0xLjQKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoK\"}},"
	  "{\"type\":\"text\",\"text\":\"more\"}]}],"
	  "\"tools\":[{\"name\":\"f\",\"description\":\"reads\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"where\"}}}}]}",
	  ANSWER_JSON,
	  "{\"id\":\"x\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"let me\",\"signature\":\"AAAA\"},"
	  "{\"type\":\"text\",\"text\":\"fine\"},{\"type\":\"tool_use\",\"id\":\"v\",\"name\":\"f\",\"input\":{\"path\":\"/tmp\",\"deep\":{\"er\":\"x\"}}}],"
	  "\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}",
	  "system<rule one\nrule two> user<hi> assistant<hm\nsure> tool_args</etc\na\nc> tool_result<plain> "
	  "tool_result<part one\npart two> user<and?\nmore> tool_result<A page of plain text, long enough to be no file at all, with words in it.\nPage> "
	  "tool_description<f\nreads\nwhere> completion<let me> completion<fine> tool_args</tmp\nx> |" },
	{ MESSAGES, "{\"model\":\"m\",\"max_tokens\":9,\"system\":\"rule\",\"messages\":[{\"content\":[{\"text\":\"hi\",\"type\":\"text\"}],\"role\":\"user\"}]}",
	  ANSWER_EVENTS,
	  "{\"type\":\"message_start\",\"message\":{\"id\":\"x\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n"
	  "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n"
	  "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n"
	  "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"lo\"}}\n"
	  "{\"type\":\"content_block_stop\",\"index\":0}\n"
	  "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n"
	  "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n"
	  "{\"delta\":{\"partial_json\":\"1}\",\"type\":\"input_json_delta\"},\"index\":1,\"type\":\"content_block_delta\"}\n"
	  "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"mcp_tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"found\"},{\"type\":\"text\",\"text\":\"it\"}]}}\n"
	  "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":5}}\n"
	  "{\"type\":\"message_stop\"}",
	  "system<rule> user<hi> completion<Hello> tool_args<{\"a\":1}> tool_result<found\nit> |" },
};

START_TEST(messages)
{
	check_rows(messages_rows, ARRAY_SIZE(messages_rows));
}
END_TEST

/* ---- responses ---- */

#define RESPONSES OPENAI, "/v1/responses"

static const struct row responses_rows[] = {
	{ RESPONSES,
	  "{\"model\":\"m\",\"instructions\":\"be kind\",\"input\":[{\"role\":\"developer\",\"content\":\"short\"},"
	  "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"},{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AAAA\"},{\"type\":\"input_text\",\"text\":\"b\"}]},"
	  "{\"type\":\"reasoning\",\"id\":\"rs\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"so\"},{\"type\":\"summary_text\",\"text\":\"it is\"}],\"encrypted_content\":\"gAAAA\"},"
	  "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"c\"}]},"
	  "{\"type\":\"function_call\",\"call_id\":\"1\",\"name\":\"f\",\"arguments\":\"{}\"},"
	  "{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"done\"},"
	  "{\"type\":\"function_call_output\",\"call_id\":\"2\",\"output\":[{\"type\":\"input_text\",\"text\":\"x\"},{\"type\":\"input_text\",\"text\":\"y\"}]}],"
	  "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"properties\":{\"p\":{\"description\":\"q\"}}}}]}",
	  ANSWER_JSON,
	  "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"instructions\":\"be kind\",\"output\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"think\"}]},"
	  "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"one\"},{\"type\":\"refusal\",\"refusal\":\"two\"}]},"
	  "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{\\\"z\\\":0}\"}],\"text\":{\"format\":{\"type\":\"text\"}}}",
	  "system<be kind> system<short> user<a\nb> assistant<so\nit is> assistant<c> tool_args<{}> tool_result<done> tool_result<x\ny> "
	  "tool_description<f\nd\nq> completion<think> completion<one\ntwo> tool_args<{\"z\":0}> |" },
	{ RESPONSES, "{\"model\":\"m\",\"input\":\"hi\"}", ANSWER_EVENTS,
	  "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"in_progress\",\"instructions\":\"x\",\"output\":[]}}\n"
	  "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":\"message\",\"content\":[]}}\n"
	  "{\"type\":\"response.content_part.added\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\"}}\n"
	  "{\"type\":\"response.output_text.delta\",\"item_id\":\"i\",\"output_index\":0,\"content_index\":0,\"delta\":\"Hel\"}\n"
	  "{\"content_index\":0,\"delta\":\"lo\",\"item_id\":\"i\",\"output_index\":0,\"type\":\"response.output_text.delta\"}\n"
	  "{\"type\":\"response.output_text.done\",\"output_index\":0,\"text\":\"Hello\"}\n"
	  "{\"type\":\"response.content_part.done\",\"output_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"Hello\"}}\n"
	  "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello\"}]}}\n"
	  "{\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"\"}}\n"
	  "{\"delta\":\"{\\\"a\\\"\",\"item_id\":\"j\",\"output_index\":1,\"type\":\"response.function_call_arguments.delta\"}\n"
	  "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\":1}\"}\n"
	  "{\"type\":\"response.function_call_arguments.done\",\"output_index\":1,\"arguments\":\"{\\\"a\\\":1}\"}\n"
	  "{\"type\":\"response.output_item.done\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}\n"
	  "{\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":2,\"delta\":\"why\"}\n"
	  "{\"type\":\"response.audio.delta\",\"output_index\":3,\"delta\":\"AAAA\"}\n"
	  "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello\"}]}],\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}",
	  "user<hi> completion<Hello> tool_args<{\"a\":1}> completion<why> |" },
};

START_TEST(responses)
{
	check_rows(responses_rows, ARRAY_SIZE(responses_rows));
}
END_TEST

/* ---- Gemini ---- */

#define GENERATE GEMINI, "/v1beta/models/gemini-x:generateContent"
#define STREAM GEMINI, "/v1beta/models/gemini-x:streamGenerateContent"

static const struct row gemini_rows[] = {
	{ GENERATE,
	  "{\"systemInstruction\":{\"role\":\"user\",\"parts\":[{\"text\":\"rule\"},{\"text\":\"two\"}]},\"contents\":[{\"parts\":[{\"text\":\"a\"},{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}},{\"text\":\"b\"}],\"role\":\"user\"},"
	  "{\"role\":\"model\",\"parts\":[{\"text\":\"c\"},{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":\"1\",\"y\":[\"2\"]}}},{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":\"3\"}}}]},"
	  "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{\"r\":\"4\",\"s\":{\"t\":\"5\"}}}},{\"functionResponse\":{\"name\":\"f\",\"response\":{\"r\":\"6\"}}}]}],"
	  "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"properties\":{\"x\":{\"description\":\"e\"}}}},{\"name\":\"g\"}]}]}",
	  ANSWER_JSON,
	  "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"think\",\"thought\":true},{\"text\":\"out\"},{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":\"7\"}}}],\"role\":\"model\"},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}",
	  "system<rule\ntwo> user<a\nb> assistant<c> tool_args<1\n2> tool_args<3> tool_result<4\n5> tool_result<6> tool_description<f\nd\ne> tool_description<g> "
	  "completion<think\nout> tool_args<7> |" },
	{ STREAM, "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],\"system_instruction\":{\"parts\":[{\"text\":\"rule\"}]}}", ANSWER_ARRAY,
	  "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}],\"role\":\"model\"}}],\"usageMetadata\":{\"promptTokenCount\":1}}\n"
	  "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lo\"}],\"role\":\"model\"}}],\"usageMetadata\":{\"promptTokenCount\":1}}\n"
	  "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":\"1\",\"y\":\"2\"}}},{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":\"3\"}}},{\"inlineData\":{\"data\":\"AAAA\"}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}",
	  "user<hi> system<rule> completion<Hello> tool_args<1\n2> tool_args<3> |" },
};

START_TEST(gemini)
{
	check_rows(gemini_rows, ARRAY_SIZE(gemini_rows));
}
END_TEST

/* ---- Bedrock ---- */

static const struct row bedrock_rows[] = {
	{ BEDROCK, "/model/m/converse",
	  "{\"system\":[{\"text\":\"rule\"}],\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"},{\"image\":{\"format\":\"png\",\"source\":{\"bytes\":\"AAAA\"}}},{\"text\":\"there\"}]},"
	  "{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":\"1\",\"name\":\"f\",\"input\":{\"a\":\"b\"}}}]},"
	  "{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"1\",\"content\":[{\"text\":\"x\"},{\"json\":{\"k\":\"y\"}}]}},{\"toolResult\":{\"toolUseId\":\"2\",\"content\":[{\"text\":\"z\"}]}}]}],"
	  "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"description\":\"d\",\"inputSchema\":{\"json\":{\"properties\":{\"a\":{\"description\":\"e\"}}}}}}]}}",
	  ANSWER_JSON,
	  "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"hm\"}}},{\"text\":\"ok\"},{\"toolUse\":{\"toolUseId\":\"3\",\"name\":\"f\",\"input\":{\"a\":\"c\"}}}]}},\"stopReason\":\"tool_use\",\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}",
	  "system<rule> user<hi\nthere> tool_args<b> tool_result<x\ny> tool_result<z> tool_description<f\nd\ne> completion<hm\nok> tool_args<c> |" },
	{ BEDROCK, "/model/m/converse-stream", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]}", ANSWER_AMAZON,
	  "{\"role\":\"assistant\"}\n"
	  "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hel\"}}\n"
	  "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"lo\"}}\n"
	  "{\"contentBlockIndex\":0}\n"
	  "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"1\",\"name\":\"f\"}}}\n"
	  "{\"delta\":{\"toolUse\":{\"input\":\"{\\\"a\\\":\"}},\"contentBlockIndex\":1}\n"
	  "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"1}\"}}}\n"
	  "{\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}\n"
	  "{\"stopReason\":\"tool_use\"}\n"
	  "{\"usage\":{\"inputTokens\":1,\"outputTokens\":2},\"metrics\":{\"latencyMs\":1}}",
	  "user<hi> completion<Hello> tool_args<{\"a\":1}> tool_args<{}> |" },
};

START_TEST(bedrock)
{
	check_rows(bedrock_rows, ARRAY_SIZE(bedrock_rows));
}
END_TEST

/* ---- Ollama ---- */

static const struct row ollama_rows[] = {
	{ "localhost:11434", "/api/chat",
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"images\":[\"AAAA\"]},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":\"b\",\"c\":\"d\"}}}]},{\"role\":\"tool\",\"content\":\"wet\"}]}",
	  ANSWER_LINES,
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n"
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Hel\"},\"done\":false}\n"
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"lo\"},\"done\":false}\n"
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":\"1\",\"b\":\"2\"}}},{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":\"3\"}}}]},\"done\":false}\n"
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}",
	  "user<hi> tool_args<b\nd> tool_result<wet> completion<hm\nHello> tool_args<1\n2> tool_args<3> |" },
	{ "localhost:11434", "/api/chat", "{\"model\":\"m\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", ANSWER_JSON,
	  "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Hello\",\"thinking\":\"hm\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}",
	  "user<hi> completion<Hello\nhm> |" },
	{ "localhost:11434", "/api/generate", "{\"model\":\"m\",\"prompt\":\"hi\",\"system\":\"rule\",\"images\":[\"AAAA\"]}", ANSWER_LINES,
	  "{\"model\":\"m\",\"response\":\"Hel\",\"done\":false}\n{\"model\":\"m\",\"response\":\"lo\",\"done\":true,\"done_reason\":\"stop\",\"context\":[1,2]}",
	  "user<hi> system<rule> completion<Hello> |" },
};

START_TEST(ollama)
{
	check_rows(ollama_rows, ARRAY_SIZE(ollama_rows));
}
END_TEST

/* ---- the others ---- */

#define COHERE "api.cohere.com"
#define MISTRAL "api.mistral.ai"
#define DASHSCOPE "dashscope.aliyuncs.com", "/api/v1/services/aigc/text-generation/generation"
#define QUESTION "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

static const struct row other_rows[] = {
	{ OPENAI, "/v1/completions", "{\"model\":\"m\",\"prompt\":[\"one\",\"two\"],\"suffix\":\"end\"}", ANSWER_JSON,
	  "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"a\",\"index\":0},{\"text\":\"b\",\"index\":1}]}",
	  "user<one> user<two> user<end> completion<a> completion<b> |" },
	{ OPENAI, "/v1/completions", "{\"model\":\"m\",\"prompt\":\"one\"}", ANSWER_EVENTS,
	  "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"Hel\",\"index\":0}]}\n{\"object\":\"text_completion\",\"choices\":[{\"text\":\"x\",\"index\":1}]}\n"
	  "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"lo\",\"index\":0}]}\n[DONE]",
	  "user<one> completion<Hello> completion<x> |" },
	{ OPENAI, "/v1/embeddings", "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}", ANSWER_JSON,
	  "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}],\"usage\":{\"prompt_tokens\":1}}", "user<a> user<b> |" },
	{ OPENAI, "/v1/moderations", "{\"model\":\"m\",\"input\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}",
	  ANSWER_JSON, "{\"id\":\"1\",\"results\":[{\"flagged\":false}]}", "user<a> |" },
	{ OPENAI, "/v1/images/generations", "{\"model\":\"m\",\"prompt\":\"a cat\"}", ANSWER_JSON,
	  "{\"data\":[{\"b64_json\":\"AAAA\",\"revised_prompt\":\"a red cat\"}]}", "user<a cat> completion<a red cat> |" },
	{ OPENAI, "/v1/audio/speech", "{\"model\":\"m\",\"input\":\"say it\",\"instructions\":\"slowly\",\"voice\":\"v\"}", ANSWER_EVENTS,
	  "{\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n{\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1}}",
	  "user<say it> system<slowly> |" },
	{ ANTHROPIC, "/v1/complete", "{\"model\":\"m\",\"max_tokens_to_sample\":9,\"prompt\":\"hi\"}", ANSWER_EVENTS,
	  "{\"type\":\"completion\",\"completion\":\"Hel\",\"stop_reason\":null}\n{\"type\":\"completion\",\"completion\":\"lo\",\"stop_reason\":\"stop_sequence\"}",
	  "user<hi> completion<Hello> |" },
	{ COHERE, "/v2/chat",
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"tool_plan\":\"look\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
	  "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":[{\"type\":\"document\",\"document\":{\"data\":\"{\\\"a\\\":1}\"}}]}],\"documents\":[\"plain\",{\"id\":\"d\",\"data\":{\"title\":\"t\",\"text\":\"x\"}}]}",
	  ANSWER_JSON,
	  "{\"id\":\"1\",\"finish_reason\":\"COMPLETE\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\",\"text\":\"ok\"}],\"tool_plan\":\"p\",\"tool_calls\":[{\"id\":\"2\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"b\\\":2}\"}}]},\"usage\":{\"tokens\":{\"input_tokens\":1}}}",
	  "user<hi> assistant<look> tool_args<{}> tool_result<{\"a\":1}> tool_result<plain> tool_result<d\nt\nx> completion<hm\nok\np> tool_args<{\"b\":2}> |" },
	{ COHERE, "/v2/chat", QUESTION, ANSWER_EVENTS,
	  "{\"type\":\"message-start\",\"id\":\"1\"}\n{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Hel\"}}}}\n"
	  "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"lo\"}}}}\n"
	  "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"2\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}}}}\n"
	  "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{\\\"b\\\"\"}}}}}\n"
	  "{\"type\":\"tool-call-delta\",\"index\":1,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{}\"}}}}}\n"
	  "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\":2}\"}}}}}\n"
	  "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":1}}}}",
	  "user<hi> completion<Hello> tool_args<{\"b\":2}> tool_args<{}> |" },
	{ COHERE, "/v1/chat",
	  "{\"model\":\"m\",\"message\":\"hi\",\"preamble\":\"rule\",\"chat_history\":[{\"role\":\"USER\",\"message\":\"a\"},{\"message\":\"b\",\"role\":\"CHATBOT\"},{\"role\":\"SYSTEM\",\"message\":\"c\"}],"
	  "\"documents\":[{\"title\":\"t\",\"snippet\":\"s\"}],\"tool_results\":[{\"call\":{\"name\":\"f\",\"parameters\":{}},\"outputs\":[{\"r\":\"x\"},{\"r\":\"y\"}]}],"
	  "\"tools\":[{\"name\":\"f\",\"description\":\"d\",\"parameter_definitions\":{\"p\":{\"description\":\"e\",\"type\":\"str\"}}}]}",
	  ANSWER_EVENTS,
	  "{\"is_finished\":false,\"event_type\":\"stream-start\",\"generation_id\":\"g\"}\n{\"event_type\":\"text-generation\",\"text\":\"Hel\"}\n{\"event_type\":\"text-generation\",\"text\":\"lo\"}\n"
	  "{\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\",\"response\":{\"text\":\"Hello\",\"response_id\":\"r\",\"meta\":{\"tokens\":{\"input_tokens\":1}}}}",
	  "user<hi> system<rule> user<a> assistant<b> system<c> tool_result<t\ns> tool_result<x\ny> tool_description<f\nd\ne> completion<Hello> |" },
	{ COHERE, "/v2/rerank", "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\"}]}", ANSWER_JSON,
	  "{\"id\":\"1\",\"results\":[{\"index\":0,\"relevance_score\":0.5}],\"meta\":{\"billed_units\":{\"search_units\":1}}}",
	  "user<q> tool_result<a> tool_result<b> |" },
	{ COHERE, "/v2/embed", "{\"model\":\"m\",\"texts\":[\"a\",\"b\"]}", ANSWER_JSON,
	  "{\"id\":\"1\",\"embeddings\":{\"float\":[[0.1]]},\"meta\":{\"billed_units\":{\"input_tokens\":1}}}", "user<a> user<b> |" },
	{ MISTRAL, "/v1/conversations",
	  "{\"model\":\"m\",\"instructions\":\"rule\",\"inputs\":[{\"role\":\"user\",\"content\":\"hi\"},{\"type\":\"function.call\",\"arguments\":\"{}\"},{\"type\":\"function.result\",\"result\":\"r\"}]}",
	  ANSWER_JSON,
	  "{\"object\":\"conversation.response\",\"conversation_id\":\"c\",\"outputs\":[{\"type\":\"message.output\",\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]},{\"type\":\"function.call\",\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}],\"usage\":{\"prompt_tokens\":1}}",
	  "system<rule> user<hi> tool_args<{}> tool_result<r> completion<ok> tool_args<{\"a\":1}> |" },
	{ MISTRAL, "/v1/conversations", "{\"model\":\"m\",\"inputs\":\"hi\"}", ANSWER_EVENTS,
	  "{\"type\":\"conversation.response.started\",\"conversation_id\":\"c\"}\n{\"type\":\"message.output.delta\",\"output_index\":0,\"content\":\"Hel\"}\n"
	  "{\"type\":\"message.output.delta\",\"output_index\":0,\"content\":\"lo\"}\n{\"type\":\"function.call.delta\",\"output_index\":1,\"name\":\"f\",\"tool_call_id\":\"t\",\"arguments\":\"{\\\"a\\\"\"}\n"
	  "{\"type\":\"function.call.delta\",\"output_index\":1,\"name\":\"f\",\"tool_call_id\":\"t\",\"arguments\":\":1}\"}\n{\"type\":\"conversation.response.done\",\"usage\":{\"prompt_tokens\":1}}",
	  "user<hi> completion<Hello> tool_args<{\"a\":1}> |" },
	{ GEMINI, "/v1beta/models/m:embedContent", "{\"content\":{\"parts\":[{\"text\":\"a\"},{\"text\":\"b\"}]}}", ANSWER_JSON,
	  "{\"embedding\":{\"values\":[0.1]}}", "user<a\nb> |" },
	{ GEMINI, "/v1beta/models/m:batchEmbedContents", "{\"requests\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}},{\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}",
	  ANSWER_JSON, "{\"embeddings\":[{\"values\":[0.1]}]}", "user<a> user<b> |" },
	{ GEMINI, "/v1beta/models/imagen:predict", "{\"instances\":[{\"prompt\":\"a cat\"}]}", ANSWER_JSON,
	  "{\"predictions\":[{\"mimeType\":\"image/png\",\"bytesBase64Encoded\":\"AAAA\"}]}", "user<a cat> |" },
	{ GEMINI, "/v1beta/interactions",
	  "{\"model\":\"m\",\"system_instruction\":\"rule\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]},{\"role\":\"model\",\"content\":\"yes\"},{\"type\":\"function_result\",\"result\":{\"a\":\"r\"}}]}",
	  ANSWER_JSON,
	  "{\"id\":\"i\",\"object\":\"interaction\",\"status\":\"completed\",\"outputs\":[{\"type\":\"text\",\"text\":\"ok\"},{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":{\"x\":\"1\"}}],\"usage\":{\"total_input_tokens\":1}}",
	  "system<rule> user<hi> assistant<yes> tool_result<r> completion<ok> tool_args<1> |" },
	{ GEMINI, "/v1beta/interactions", "{\"model\":\"m\",\"input\":\"hi\"}", ANSWER_EVENTS,
	  "{\"event_type\":\"interaction.start\",\"interaction\":{\"id\":\"i\",\"object\":\"interaction\",\"status\":\"in_progress\"}}\n"
	  "{\"event_type\":\"content.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"Hel\"}}\n{\"event_type\":\"content.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"lo\"}}\n"
	  "{\"event_type\":\"content.delta\",\"index\":1,\"delta\":{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":{\"x\":\"1\",\"y\":\"2\"}}}\n"
	  "{\"event_type\":\"interaction.complete\",\"interaction\":{\"id\":\"i\",\"object\":\"interaction\",\"status\":\"completed\",\"usage\":{\"total_input_tokens\":1}}}",
	  "user<hi> completion<Hello> tool_args<1\n2> |" },
	{ BEDROCK, "/model/m/invoke", "{\"inputText\":\"hi\"}", ANSWER_JSON,
	  "{\"inputTextTokenCount\":1,\"results\":[{\"tokenCount\":2,\"outputText\":\"ok\",\"completionReason\":\"FINISH\"}]}", "user<hi> completion<ok> |" },
	{ BEDROCK, "/model/m/invoke", "{\"prompt\":\"hi\"}", ANSWER_JSON, "{\"generation\":\"ok\",\"prompt_token_count\":1,\"generation_token_count\":2,\"stop_reason\":\"stop\"}",
	  "user<hi> completion<ok> |" },
	{ BEDROCK, "/model/m/invoke", QUESTION, ANSWER_JSON, "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"ok\"},\"stop_reason\":\"stop\"}]}",
	  "user<hi> completion<ok> |" },
	/* "Hel", "lo" */
	{ BEDROCK, "/model/m/invoke-with-response-stream", "{\"prompt\":\"hi\"}", ANSWER_AMAZON,
	  "{\"bytes\":\"eyJnZW5lcmF0aW9uIjoiSGVsIiwicHJvbXB0X3Rva2VuX2NvdW50IjoxfQ==\"}\n{\"bytes\":\"eyJnZW5lcmF0aW9uIjoibG8iLCJnZW5lcmF0aW9uX3Rva2VuX2NvdW50IjoyLCJzdG9wX3JlYXNvbiI6InN0b3AifQ==\"}",
	  "user<hi> completion<Hello> |" },
	{ "bedrock-agent-runtime.us-east-1.amazonaws.com", "/agents/a/agentAliases/b/sessions/c/text", "{\"inputText\":\"hi\"}", ANSWER_AMAZON,
	  "{\"bytes\":\"SGVs\"}\n{\"bytes\":\"bG8=\"}", "user<hi> completion<Hello> |" },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/e/invocations", "{\"inputs\":\"hi\"}", ANSWER_JSON, "[{\"generated_text\":\"ok\"}]",
	  "user<hi> completion<ok> |" },
	{ "tgi.internal", "/generate", "{\"inputs\":\"hi\"}", ANSWER_JSON, "{\"generated_text\":\"ok\",\"details\":{\"finish_reason\":\"length\",\"generated_tokens\":1}}",
	  "user<hi> completion<ok> |" },
	{ "tgi.internal", "/generate_stream", "{\"inputs\":\"hi\"}", ANSWER_EVENTS,
	  "{\"token\":{\"id\":1,\"text\":\"Hel\"},\"generated_text\":null}\n{\"token\":{\"id\":2,\"text\":\"lo\"},\"generated_text\":\"Hello\",\"details\":{\"finish_reason\":\"length\"}}",
	  "user<hi> completion<Hello> |" },
	{ "sglang.internal", "/generate", "{\"text\":\"hi\"}", ANSWER_EVENTS,
	  "{\"text\":\"Hel\",\"meta_info\":{\"id\":\"1\"}}\n{\"text\":\"Hello\",\"meta_info\":{\"id\":\"1\"}}\n{\"text\":\"Hello there\",\"meta_info\":{\"id\":\"1\",\"finish_reason\":{\"type\":\"stop\"}}}\n[DONE]",
	  "user<hi> completion<Hello there> |" },
	{ "llama.internal", "/completion", "{\"prompt\":\"hi\",\"input_extra\":[{\"filename\":\"f\",\"text\":\"doc\"}]}", ANSWER_EVENTS,
	  "{\"content\":\"Hel\",\"stop\":false}\n{\"content\":\"lo\",\"stop\":false}\n{\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\",\"tokens_evaluated\":1,\"tokens_predicted\":2}",
	  "user<hi> tool_result<doc> completion<Hello> |" },
	{ DASHSCOPE, "{\"model\":\"m\",\"input\":{\"messages\":[{\"role\":\"system\",\"content\":\"rule\"},{\"role\":\"user\",\"content\":\"hi\"}]},\"parameters\":{\"result_format\":\"message\"}}", ANSWER_EVENTS,
	  "{\"output\":{\"choices\":[{\"message\":{\"content\":\"Hel\",\"reasoning_content\":\"h\"},\"finish_reason\":\"null\"}]},\"request_id\":\"r\"}\n"
	  "{\"output\":{\"choices\":[{\"message\":{\"content\":\"Hello\",\"reasoning_content\":\"hm\"},\"finish_reason\":\"stop\"}]},\"request_id\":\"r\",\"usage\":{\"input_tokens\":1}}",
	  "system<rule> user<hi> completion<Hello> completion<hm> |" },
	{ DASHSCOPE, "{\"model\":\"m\",\"input\":{\"prompt\":\"hi\"},\"parameters\":{\"incremental_output\":true}}", ANSWER_EVENTS,
	  "{\"output\":{\"text\":\"Hel\",\"finish_reason\":\"null\"},\"request_id\":\"r\"}\n{\"output\":{\"text\":\"lo\",\"finish_reason\":\"stop\"},\"request_id\":\"r\",\"usage\":{\"input_tokens\":1}}",
	  "user<hi> completion<Hello> |" },
	{ "us-south.ml.cloud.ibm.com", "/ml/v1/text/generation", "{\"model_id\":\"m\",\"input\":\"hi\"}", ANSWER_JSON,
	  "{\"model_id\":\"m\",\"results\":[{\"generated_text\":\"ok\",\"generated_token_count\":1,\"input_token_count\":1,\"stop_reason\":\"eos_token\"}]}", "user<hi> completion<ok> |" },
	{ "api.aleph-alpha.com", "/complete", "{\"model\":\"m\",\"prompt\":[{\"type\":\"text\",\"data\":\"hi\"}]}", ANSWER_JSON,
	  "{\"model_version\":\"1\",\"completions\":[{\"completion\":\"ok\",\"finish_reason\":\"end\"}],\"num_tokens_prompt_total\":1,\"num_tokens_generated\":1}", "user<hi> completion<ok> |" },
	{ "api.replicate.com", "/v1/predictions", "{\"input\":{\"prompt\":\"hi\",\"system_prompt\":\"rule\"}}", ANSWER_JSON,
	  "{\"id\":\"p\",\"status\":\"succeeded\",\"output\":[\"Hel\",\"lo\"],\"urls\":{\"get\":\"u\"}}", "user<hi> system<rule> completion<Hello> |" },
};

START_TEST(others)
{
	check_rows(other_rows + _i, 1);
}
END_TEST

/* ---- JSON-RPC ---- */

#define TOOL_CALL(id, text) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"f\",\"arguments\":{\"q\":\"" text "\",\"deep\":[{\"x\":\"y\"}]}}}"
#define TOOL_RESULT(id, text) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"},{\"type\":\"image\",\"data\":\"AAAA\"},{\"type\":\"text\",\"text\":\"more\"}],\"structuredContent\":{\"s\":\"t\"}}}"

static const struct row rpc_rows[] = {
	{ "tools.internal", "/mcp", TOOL_CALL("1", "find"), ANSWER_JSON, TOOL_RESULT("1", "found"), "tool_args<find\ny> tool_result<found\nmore\nt> |" },
	{ "tools.internal", "/mcp", TOOL_CALL("1", "find"), ANSWER_EVENTS,
	  "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n" TOOL_RESULT("1", "found"), "tool_args<find\ny> tool_result<found\nmore\nt> |" },
	{ "tools.internal", "/mcp", TOOL_CALL("1", "find"), ANSWER_JSON,
	  "{\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"found\"}]},\"id\":1,\"jsonrpc\":\"2.0\"}", "tool_args<find\ny> tool_result<found> |" },
	/* each message of a batch is a call; what is none has no texts */
	{ "tools.internal", "/mcp",
	  "[" TOOL_CALL("1", "one") ",{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":{\"arguments\":{\"a\":\"lost\"}}}," TOOL_CALL("2", "two") "]", ANSWER_JSON,
	  "[" TOOL_RESULT("2", "second") "," TOOL_RESULT("1", "first") "]",
	  "tool_args<one\ny> tool_result<first\nmore\nt> |tool_args<two\ny> tool_result<second\nmore\nt> |" },
	{ "agent.internal", "/", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"message/send\",\"params\":{\"message\":{\"role\":\"user\",\"parts\":[{\"kind\":\"text\",\"text\":\"hi\"},{\"kind\":\"data\",\"data\":{\"k\":\"v\"}}]}}}", ANSWER_JSON,
	  "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"kind\":\"message\",\"role\":\"agent\",\"parts\":[{\"kind\":\"text\",\"text\":\"ok\"},{\"kind\":\"text\",\"text\":\"then\"}]}}",
	  "user<hi\nv> completion<ok\nthen> |" },
	{ "agent.internal", "/message:send", "{\"message\":{\"role\":\"ROLE_USER\",\"parts\":[{\"text\":\"hi\"}],\"messageId\":\"1\"}}", ANSWER_JSON,
	  "{\"task\":{\"id\":\"t\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"},\"artifacts\":[{\"parts\":[{\"text\":\"ok\"}]}]}}", "user<hi> completion<ok> |" },
};

START_TEST(rpc)
{
	check_rows(rpc_rows + _i, 1);
}
END_TEST

/* ---- WebSockets ---- */

START_TEST(realtime)
{
	play_socket(&play, "api.openai.com", "/v1/realtime?model=m");
	play_server(&play, "{\"type\":\"session.created\",\"session\":{\"model\":\"m\",\"instructions\":\"not this\"}}");
	play_client(&play, "{\"type\":\"session.update\",\"session\":{\"instructions\":\"rule\",\"tools\":[{\"name\":\"f\",\"description\":\"d\"}]}}");
	play_client(&play, "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"},{\"type\":\"input_audio\",\"audio\":\"AAAA\"}]}}");
	play_client(&play, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
	play_client(&play, "{\"type\":\"response.create\"}");
	play_server(&play, "{\"type\":\"conversation.item.added\",\"item\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]}}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"r\",\"status\":\"in_progress\"}}");
	play_server(&play, "{\"type\":\"response.output_audio.delta\",\"response_id\":\"r\",\"output_index\":0,\"delta\":\"AAAA\"}");
	play_server(&play, "{\"type\":\"response.output_audio_transcript.delta\",\"response_id\":\"r\",\"output_index\":0,\"delta\":\"Hel\"}");
	play_client(&play, "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"wet\"}}");
	play_server(&play, "{\"type\":\"response.output_audio_transcript.delta\",\"response_id\":\"r\",\"output_index\":0,\"delta\":\"lo\"}");
	play_server(&play, "{\"type\":\"response.output_audio_transcript.done\",\"response_id\":\"r\",\"output_index\":0,\"transcript\":\"Hello\"}");
	play_server(&play, "{\"type\":\"response.function_call_arguments.delta\",\"response_id\":\"r\",\"output_index\":1,\"delta\":\"{}\"}");
	play_server(&play, "{\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"transcript\":\"Hello\"}]}],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}");
	play_expect_texts(&play, "system<rule> tool_description<f\nd> user<hi> completion<Hello> tool_args<{}> |");
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.delta\",\"delta\":\"I s\"}");
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.delta\",\"delta\":\"aid\"}");
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"transcript\":\"I said\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":1,\"output_tokens\":1}}");
	play_expect_texts(&play, "user<I said> |");
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"transcript\":\"I said\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":1,\"output_tokens\":1}}");
	play_expect_texts(&play, "user<I said> |");
	/* Nobody asks: the server has heard enough. */
	play_server(&play, "{\"type\":\"input_audio_buffer.speech_stopped\"}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"s\",\"status\":\"in_progress\"}}");
	play_server(&play, "{\"type\":\"response.output_text.delta\",\"response_id\":\"s\",\"output_index\":0,\"delta\":\"dry\"}");
	play_server(&play, "{\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"s\",\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}");
	play_client(&play, "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"unasked\"}]}}");
	play_end(&play, OUTCOME_COMPLETE);
	play_expect_texts(&play, "tool_result<wet> completion<dry> |");
	ck_assert_uint_eq(play.drops, 1);
}
END_TEST

START_TEST(live)
{
	play_socket(&play, GEMINI, "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k");
	play_client(&play, "{\"setup\":{\"model\":\"models/m\",\"systemInstruction\":{\"parts\":[{\"text\":\"rule\"}]},\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"description\":\"d\"}]}]}}");
	play_server(&play, "{\"setupComplete\":{}}");
	play_client(&play, "{\"clientContent\":{\"turns\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}],\"turnComplete\":true}}");
	play_server(&play, "{\"serverContent\":{\"modelTurn\":{\"parts\":[{\"text\":\"Hel\"}]}}}");
	play_server(&play, "{\"serverContent\":{\"modelTurn\":{\"parts\":[{\"text\":\"lo\"},{\"inlineData\":{\"data\":\"AAAA\"}}]}}}");
	play_server(&play, "{\"toolCall\":{\"functionCalls\":[{\"id\":\"1\",\"name\":\"f\",\"args\":{\"a\":\"b\",\"c\":\"d\"}}]}}");
	play_client(&play, "{\"toolResponse\":{\"functionResponses\":[{\"id\":\"1\",\"name\":\"f\",\"response\":{\"r\":\"wet\"}}]}}");
	play_server(&play, "{\"serverContent\":{\"modelTurn\":{\"parts\":[{\"text\":\" there\"}]}}}");
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true},\"usageMetadata\":{\"promptTokenCount\":1,\"responseTokenCount\":1,\"totalTokenCount\":2}}");
	play_expect_texts(&play, "system<rule> tool_description<f\nd> user<hi> completion<Hello there> tool_args<b\nd> tool_result<wet> |");
	play_server(&play, "{\"serverContent\":{\"inputTranscription\":{\"text\":\"I s\"}}}");
	play_server(&play, "{\"serverContent\":{\"inputTranscription\":{\"text\":\"aid\"}}}");
	play_server(&play, "{\"serverContent\":{\"outputTranscription\":{\"text\":\"fine\"}}}");
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true},\"usageMetadata\":{\"promptTokenCount\":1,\"responseTokenCount\":1,\"totalTokenCount\":2}}");
	play_end(&play, OUTCOME_COMPLETE);
	play_expect_texts(&play, "user<I said> completion<fine> |");
	ck_assert_uint_eq(play.drops, 0);
}
END_TEST

/* A message of the client is being written while the call that its text went to ends. */
START_TEST(call_ends_within_a_message)
{
	play_socket(&play, "api.openai.com", "/v1/realtime?model=m");
	play_server(&play, "{\"type\":\"session.created\",\"session\":{\"model\":\"m\"}}");
	play_begin(&play, true, "{\"type\":\"conversation.item.create\",\"item\":{\"role\":\"user\",\"content\":[{\"text\":\"one");
	play_server(&play, "{\"type\":\"input_audio_buffer.speech_stopped\"}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"r\"}}");
	play_server(&play, "{\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"r\",\"status\":\"completed\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}");
	play_expect_texts(&play, "user<one> |");
	play_client(&play, " two\"}]}}");
	play_client(&play, "{\"type\":\"response.create\"}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"s\"}}");
	play_begin(&play, false, "{\"type\":\"response.output_text.delta\",\"response_id\":\"s\",\"delta\":\"thr");
	play_end(&play, OUTCOME_GAP);
	play_expect_texts(&play, "user< two> completion<thr> |");
	ck_assert_uint_eq(play.drops, 0);
}
END_TEST

/* ---- what is cut, fails, or is no call ---- */

#define BEGINNING(text) text, sizeof(text) - 1
#define ASK OPENAI, "/v1/chat/completions", QUESTION

START_TEST(cut)
{
	play_request_head(&play, "POST", CHAT, "application/json");
	play_request_body(&play, BEGINNING("{\"model\":\"m\",\"messages\":[{\"content\":\"not who"));
	play_end(&play, OUTCOME_GAP);
	play_expect_texts(&play, "user<not who> |");
	play_request(&play, ASK);
	play_stream(&play);
	play_event(&play, "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}");
	play_event_piece(&play, BEGINNING("{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo the"));
	play_end(&play, OUTCOME_ABORTED);
	play_expect_texts(&play, "user<hi> completion<Hello the> |");
	play_request(&play, ASK);
	play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, BEGINNING("{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":\"Hel"));
	play_end(&play, OUTCOME_GAP);
	play_expect_texts(&play, "user<hi> completion<Hel> |");
	play_messages(&play);
	play_stream(&play);
	play_event(&play, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}");
	play_event_piece(&play, BEGINNING("{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"partial_json\":\"b"));
	play_end(&play, OUTCOME_GAP);
	play_expect_texts(&play, "user<hi> completion<a> tool_args<b> |");
	ck_assert_uint_eq(play.drops, 0);
}
END_TEST

START_TEST(failed)
{
	play_request(&play, ASK);
	play_answer(&play, 400, "{\"error\":{\"message\":\"bad\"},\"choices\":[{\"message\":{\"content\":\"no text\"}}]}");
	play_expect_texts(&play, "user<hi> |");
}
END_TEST

START_TEST(no_call)
{
	play_request(&play, "shop.example", "/orders", "{\"message\":\"no call\",\"text\":\"at all\"}");
	play_answer(&play, 200, "{\"text\":\"x\"}");
	ck_assert_uint_eq(play.drops, 1);
	play_request(&play, "shop.example", "/orders", QUESTION);	/* it may be one until the answer comes */
	ck_assert_uint_eq(play.drops, 1);
	play_answer(&play, 200, "{\"ok\":true}");
	ck_assert_uint_eq(play.drops, 2);
	play_request(&play, ASK);
	play_answer(&play, 302, "");
	ck_assert_uint_eq(play.drops, 3);
	ck_assert_uint_eq(play.count, 0);
	/* What says that it is JSON-RPC only halfway hides nothing. */
	play_request(&play, OPENAI, "/v1/chat/completions", "{\"method\":\"tools/call\",\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	play_answer(&play, 200, "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":\"ok\"}}]}");
	play_expect_texts(&play, "user<hi> completion<ok> |");
}
END_TEST

#define FORM(value) "--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n" value "\r\n--B\r\n" \
	"Content-Disposition: form-data; name=\"file\"; filename=\"prompt\"\r\n\r\nsound\r\n--B--\r\n"

START_TEST(forms)
{
	static const char body[] = FORM("a\r\n--cat");

	for (play.piece = 1; play.piece < sizeof(body); play.piece++) {
		play_request_head(&play, "POST", OPENAI, "/v1/audio/transcriptions", "multipart/form-data; boundary=B");
		play_request_body(&play, body, sizeof(body) - 1);
		play_request_end(&play);
		play_answer(&play, 200, "{\"text\":\"said\"}");
		play_expect_texts(&play, "user<a\r\n--cat> completion<said> |");
		play.count = 0;
	}
	play_request_head(&play, "POST", OPENAI, "/v1/audio/transcriptions", "multipart/form-data; boundary=B");
	play_request_body(&play, body, strlen(body) - 80);
	play_end(&play, OUTCOME_GAP);
	play_expect_texts(&play, "user<a\r\n--cat> |");
}
END_TEST

/* Many more than can be open: those that rest end, and begin anew. */
START_TEST(many_open)
{
	char event[128];

	play_request(&play, ASK);
	play_stream(&play);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 40; i++) {
			(void)snprintf(event, sizeof(event), "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":%u,\"delta\":{\"content\":\"x\"}}]}", i);
			play_event(&play, event);
		}
	}
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 1);
	ck_assert_uint_gt(play.texts.len, 0);
}
END_TEST

/* ---- a body by itself ---- */

static void check_body(const char *body, bool is_request, int result, const char *texts)
{
	void *user = NULL;

	ck_assert_int_eq(llm_texts_of_body(play.llm, slice_of(body), is_request, &user), result);
	texts_log_finish(user, &play.texts);
	play_expect_texts(&play, texts);
}

START_TEST(bodies)
{
	check_body("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", true, 0, "user<hi> ");
	check_body("{\"contents\":[{\"role\":\"model\",\"parts\":[{\"text\":\"hi\"}]}]}", true, 0, "assistant<hi> ");
	check_body("{\"choices\":[{\"message\":{\"content\":\"hi\"}}]}", false, 0, "completion<hi> ");
	check_body("{\"messages\":[{\"role\":\"user\",\"content\":\"hi", true, -EBADMSG, "user<hi> ");
	check_body("{\"messages\":[]}", true, -EBADMSG, "");
	check_body("hi", true, -EBADMSG, "");
	check_body("", true, -EBADMSG, "");
}
END_TEST

static void setup(void)
{
	play_init_texts(&play);
}

static void teardown(void)
{
	play_done(&play);
}

static Suite *make_texts(void)
{
	Suite *s = suite_create("llm: texts");
	TCase *dialects_case = tcase_create("dialects");

	tcase_add_checked_fixture(dialects_case, setup, teardown);
	tcase_add_test(dialects_case, chat);
	tcase_add_test(dialects_case, messages);
	tcase_add_test(dialects_case, responses);
	tcase_add_test(dialects_case, gemini);
	tcase_add_test(dialects_case, bedrock);
	tcase_add_test(dialects_case, ollama);
	tcase_add_loop_test(dialects_case, others, 0, (int)ARRAY_SIZE(other_rows));
	tcase_add_loop_test(dialects_case, rpc, 0, (int)ARRAY_SIZE(rpc_rows));
	tcase_add_test(dialects_case, realtime);
	tcase_add_test(dialects_case, live);
	tcase_add_test(dialects_case, call_ends_within_a_message);
	tcase_add_test(dialects_case, cut);
	tcase_add_test(dialects_case, failed);
	tcase_add_test(dialects_case, no_call);
	tcase_add_test(dialects_case, forms);
	tcase_add_test(dialects_case, many_open);
	tcase_add_test(dialects_case, bodies);
	suite_add_tcase(s, dialects_case);
	return s;
}
UNIT_SUITE(make_texts)
