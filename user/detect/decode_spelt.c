/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters by the words that stand for them: on the radio (ICAO annex 10, volume
 * II, 5.2.1.3: "India Golf November"), in other spelling alphabets of English,
 * in German (DIN 5009 of 1983 and 2022), French and Italian. Words are parted
 * by line breaks, slashes or wide gaps, or not at all.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define LETTERS_LEAST 10u
#define GAP_MOST 8u		/* bytes between two letters */
#define WORD_MOST 16u

/* Of each letter: all begin with it. */
static const char *const names[] = {
	"alfa alpha adam able anton aachen anatole ancona",
	"bravo boy baker berta berlin berthe bologna",
	"charlie charles caesar chemnitz como c\303\244sar c\303\251lestin celestin",
	"delta david dog dora domodossola",
	"echo edward easy emil essen empoli eug\303\250ne eugene",
	"foxtrot frank fox friedrich frankfurt firenze fran\303\247ois francois",
	"golf george gustav goslar gaston genova",
	"hotel henry how heinrich hamburg henri",
	"india ida item ingelheim irma imola",
	"juliett juliet john jig julius jena joseph jolly",
	"kilo king kaufmann k\303\266ln kappa kl\303\251ber kleber kursaal",
	"lima lincoln love ludwig leipzig louis livorno",
	"mike mary martha m\303\274nchen marcel milano",
	"november nora nan nordpol n\303\274rnberg nicolas napoli",
	"oscar ocean oboe otto offenbach otranto",
	"papa paul peter paula potsdam pierre palermo",
	"quebec queen quelle quickborn quintal quarto",
	"romeo robert roger richard rostock raoul roma",
	"sierra sam sugar samuel siegfried salzwedel suzanne savona",
	"tango tom tare theodor t\303\274bingen th\303\251r\303\250se torino",
	"uniform union uncle ulrich unna ursule udine",
	"victor viktor v\303\266lklingen venezia",
	"whiskey whisky william wilhelm wuppertal washington",
	"xray xanthippe xanten xavier xeres",
	"yankee young yoke ypsilon york yvonne",
	"zulu zebra zacharias zwickau zeppelin zo\303\251 zara",
};

/* 0: it is none. */
static char letter_of(struct slice word)
{
	unsigned first = (unsigned)(byte_lower(word.ptr[0]) - 'a');
	const char *name, *end;

	if (first >= ARRAY_SIZE(names) || word.len < 3)
		return 0;
	for (name = names[first]; *name; name = end + (*end == ' ')) {
		end = strchrnul(name, ' ');
		if (slice_caseeq(word, (struct slice){ name, (size_t)(end - name) }))
			return (char)('a' + first);
	}
	return 0;
}

static struct slice word_at(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.len && end - at < WORD_MOST &&
	       (byte_is(text.ptr[end], BYTE_LETTER) || (unsigned char)text.ptr[end] >= 0x80))
		end++;
	return (struct slice){ text.ptr + at, end - at };
}

/* Where the next word begins, and whether what stands before it parts words. */
static size_t skip_gap(struct slice text, size_t at, bool *ret_parts)
{
	size_t from = at;

	*ret_parts = false;
	while (at < text.len && at - from < GAP_MOST && text.ptr[at] && strchr(" \t\r\n-,/|._", text.ptr[at])) {
		*ret_parts |= text.ptr[at] == '\n' || text.ptr[at] == '/' || text.ptr[at] == '|';
		at++;
	}
	*ret_parts |= at - from > 2;
	return at;
}

size_t decode_spelt(struct decode *decode, size_t start)
{
	struct slice text = decode->text, word = word_at(text, start);
	struct sink sink;
	size_t end = start, letters = 0;
	bool parts = false;
	char letter;

	decode->steps += word.len;
	if (word.len == 0 || !letter_of(word))
		return start;
	sink = decode_sink(decode);
	while (word.len > 0 && (letter = letter_of(word)) && !sink.cut) {
		if (parts)
			sink_put(&sink, ' ');
		sink_put(&sink, (unsigned char)letter);
		letters++;
		end = (size_t)(word.ptr - text.ptr) + word.len;
		word = word_at(text, skip_gap(text, end, &parts));
	}
	decode->steps += end - start;
	if (letters < LETTERS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, DECODER_SPELT, start, end, &sink);
	return end;
}
