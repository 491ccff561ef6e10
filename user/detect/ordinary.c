/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/ordinary.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* Sorted. */
static const char *const words[] = {
	"accesa", "account", "activat", "adere", "amway", "anyway", "apologie", "appli", "approva", "approvi",
	"approvo", "ario", "attacke", "authorize", "authorizes", "azide", "beginn", "bir", "byng", "censured",
	"chabot", "commandment", "commend", "commends", "compete", "compl", "compleet", "complet", "completa",
	"completi", "completo", "confidentiel", "configure", "constrain", "constrains", "contant", "contenta",
	"contraint", "contraints", "decade", "decide", "dein", "deir", "delte", "dere", "descrie", "descrive", "dese",
	"diable", "die", "directie", "direction", "directiva", "directivas", "directivo", "directivos", "discord",
	"divulga", "dose", "dry", "dsu", "dykk", "ebay", "entere", "entier", "entre", "esd", "ethic", "executa",
	"exiting", "expos", "expuse", "fallow", "faltering", "falters", "farget", "feely", "fellow", "filers",
	"filter", "filtres", "fof", "follo", "foret", "forge", "forger", "forgoing", "forgot", "frase", "frech",
	"givne", "gpt", "hadden", "hiv", "humaan", "idd", "ignora", "ignorez", "ignori", "ignoro", "ilegal",
	"illegaal", "imagina", "imagini", "imagino", "immagine", "imoral", "importan", "inmoral", "instruktion",
	"interna", "konfiguration", "kontext", "konversation", "kpn", "langer", "lenger", "limit", "limita", "linger",
	"loger", "loner", "longe", "lunger", "massage", "massages", "memori", "mentiin", "menton", "messaged",
	"modell", "moraal", "morala", "mre", "murals", "noice", "notie", "noting", "obligation", "oder", "operato",
	"order", "ordets", "ordres", "ordway", "origina", "originel", "overrode", "paragraf", "perdona", "persistant",
	"persisten", "person", "persone", "persons", "persoona", "phase", "pmr", "polacy", "polices", "policias",
	"policie", "prase", "precious", "preform", "pretind", "principes", "principle", "principled", "privare",
	"privata", "privati", "privato", "privite", "programme", "programmes", "provade", "provate", "provede",
	"receive", "receives", "recita", "reduse", "refus", "refusa", "repet", "repeta", "repli", "resett", "respec",
	"respekt", "respinse", "respon", "responde", "respons", "responso", "reste", "resul", "reuse", "reusing",
	"revel", "revela", "reveling", "rfsl", "riproduce", "sanding", "sdl", "secreta", "sendang", "sendung",
	"sensing", "sensitiv", "simpli", "simplu", "simulare", "skript", "smf", "smu", "sopping", "staart", "staring",
	"starring", "starrt", "stating", "stepping", "stooping", "storting", "str", "strat", "summaries", "sus",
	"tekens", "three", "token", "tsart", "underway", "undre", "upi", "violare", "violat", "violato", "vir",
	"waning", "waring", "warming", "warnung", "zending",
};

static int compare(const void *key, const void *row)
{
	const struct slice *word = key;
	const char *known = *(const char *const *)row;
	int order = strncmp(word->ptr, known, word->len);

	return order ? order : -(known[word->len] != 0);
}

bool ordinary_word(struct slice word)
{
	return bsearch(&word, words, ARRAY_SIZE(words), sizeof(*words), compare);
}
