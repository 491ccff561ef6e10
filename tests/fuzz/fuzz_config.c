/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file: any bytes are read, or refused with lines that name
 * the file. Read into the options and into a section with every type of field;
 * what was read goes to text and back.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "config/sample.h"
#include "config/secret.h"
#include "config/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const char *text)
{
	for (; *text; text = strchr(text, '\n') + 1) {
		assert(strncmp(text, "fuzz.yaml:", 10) == 0);
		assert(strchr(text, '\n'));
	}
}

static void check_round_trip(const struct section *before)
{
	struct options options;
	struct sample sample;
	const struct section after[] = { { NULL, &options_schema, &options }, { "sample", &sample_schema, &sample } };
	struct buffer text = { 0 };

	assert(sections_pack(before, ARRAY_SIZE(after), &text) == 0);
	assert(sections_unpack(buffer_slice(&text), after, ARRAY_SIZE(after), stderr) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(after); i++)
		assert(schema_equal(after[i].schema, before[i].object, after[i].object));
	sections_done(after, ARRAY_SIZE(after));
	buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret_source secrets = { .wanted = SECRET_NOT_WANTED };
	struct options options;
	struct sample sample;
	const struct section sections[] = { { NULL, &options_schema, &options }, { "sample", &sample_schema, &sample } };
	char *printed = NULL;
	size_t printed_len = 0;
	FILE *errors = open_memstream(&printed, &printed_len);
	struct problems problems = { .out = errors, .program = "promtap", .file = "fuzz.yaml" };
	const struct schema_reader reader = { .problems = &problems, .secret = secret_read, .ctx = &secrets };
	struct document document = { 0 };
	int err, others;

	assert(errors);
	err = document_read(&document, "fuzz.yaml", data, size, &problems);
	others = sections_read(&reader, sections, ARRAY_SIZE(sections), document.root);
	problems_end(&problems);
	(void)fclose(errors);
	err = err < 0 ? err : others;
	assert((err == 0) == (printed_len == 0));
	check_lines(printed);
	assert(err < 0 || (options.listen && options.log_level && options.ring_bytes >= 65536));
	assert(err < 0 || (sample.count >= 1 && sample.count <= 9 && sample.share >= 0 && sample.share <= 1));
	if (err == 0)
		check_round_trip(sections);
	sections_done(sections, ARRAY_SIZE(sections));
	document_done(&document);
	free(printed);
	return 0;
}
