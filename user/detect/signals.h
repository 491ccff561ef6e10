/* SPDX-License-Identifier: Apache-2.0 */
/* Facts that rules of the kind `signal` stand for: what no expression can say. */
#ifndef PROMTAP_DETECT_SIGNALS_H
#define PROMTAP_DETECT_SIGNALS_H

/* X(enumerator, name, what it says) */
#define SIGNALS(X)                                                                                          \
	X(SIGNAL_HIDDEN_WORDS, "hidden_words", "tag or invisible characters that decode to words")          \
	X(SIGNAL_INVISIBLE, "invisible", "invisible characters within Latin words, eight or more")          \
	X(SIGNAL_BIDI, "bidi", "bidirectional controls in text that is not of a right-to-left script")      \
	X(SIGNAL_MIXED_SCRIPTS, "mixed_scripts", "words that mix scripts with look-alikes, three or more")  \
	X(SIGNAL_COMPAT_LETTERS, "compat_letters", "Latin words in compatibility forms, eight letters or more") \
	X(SIGNAL_SPACED_LETTERS, "spaced_letters", "words with their letters spaced out, two or more")      \
	X(SIGNAL_LEETSPEAK, "leetspeak", "words of the rules that were written in leetspeak")               \
	X(SIGNAL_DECODED, "decoded", "an encoded run that decodes to sentences")                            \
	X(SIGNAL_DECODED_TWICE, "decoded_twice", "an encoded run within an encoded run")                    \
	X(SIGNAL_FLOODING, "flooding", "one word or line repeated two hundred times or more")               \
	X(SIGNAL_LEAKED_RUN, "leaked_run", "a run of twelve or more words equal to the system text, with words that speak to a model") \
	X(SIGNAL_LEAKED_TEXT, "leaked_text", "such a run without them: it may be knowledge that is passed on") \
	X(SIGNAL_ORIGIN_ADDRESS, "origin_address", "an address, account or URL of a tool result in a tool's arguments, after instruction-like text") \
	X(SIGNAL_ORIGIN_PLAIN, "origin_plain", "the same without instruction-like text")

enum signal_id {
#define X(id, name, about) id,
	SIGNALS(X)
#undef X
	SIGNAL_MAX
};

extern const char *const signal_names[SIGNAL_MAX];

#endif
