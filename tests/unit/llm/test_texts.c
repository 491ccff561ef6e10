/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of calls, by dialect: requests and answers as they stand on the
 * wire, and what has to be given of them. Each row is played whole and cut at
 * every byte.
 */
#include <errno.h>
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
	  "tool_result<windy> assistant<no> system<f\nweather\na town\ndeep> system<g> completion<hello> completion<hm\nthere> "
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
	  "system<f\nreads\nwhere> completion<let me> completion<fine> tool_args</tmp\nx> |" },
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
	  "system<f\nd\nq> completion<think> completion<one\ntwo> tool_args<{\"z\":0}> |" },
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
	  "system<rule\ntwo> user<a\nb> assistant<c> tool_args<1\n2> tool_args<3> tool_result<4\n5> tool_result<6> system<f\nd\ne> system<g> "
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
	  "system<rule> user<hi\nthere> tool_args<b> tool_result<x\ny> tool_result<z> system<f\nd\ne> completion<hm\nok> tool_args<c> |" },
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
	tcase_add_test(dialects_case, bodies);
	suite_add_tcase(s, dialects_case);
	return s;
}
UNIT_SUITE(make_texts)
