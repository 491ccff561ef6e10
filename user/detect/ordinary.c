/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/ordinary.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* Sorted. */
static const char *const words[] = {
	"abaddon", "accesa", "accese", "accesi", "acceso", "accesos", "account", "activat", "adere", "adhiere",
	"administrador", "alignement", "amway", "anyway", "apologie", "apologise", "appli", "approuve", "approva",
	"approvi", "approvo", "ario", "assistans", "attacher", "attacke", "attacked", "attacken", "attivate",
	"authorised", "authorize", "authorizes", "azide", "bandon", "beginn", "behage", "behalve", "bezinning", "bfr",
	"bhv", "bir", "byng", "cannon", "carnot", "censured", "chabot", "comely", "commande", "commandements",
	"commandes", "commandment", "commando", "commandos", "commend", "commends", "compete", "compl", "compleet",
	"complet", "completa", "completi", "completo", "complets", "complexe", "conant", "confidentiel", "configure",
	"consent", "consents", "conservation", "constrain", "constrains", "contant", "contend", "contends", "contenta",
	"contente", "contentes", "contenti", "contento", "contentos", "contenu", "contenus", "contest", "contests",
	"contexts", "contient", "contraint", "contraints", "convent", "convents", "conversacion", "costumer",
	"credencial", "decade", "decide", "decote", "degete", "dein", "deir", "deleite", "delene", "delte", "deplete",
	"dere", "descrie", "descrise", "descrive", "dese", "developed", "devlete", "dhr", "diable", "die", "directie",
	"direction", "directiva", "directivas", "directivo", "directivos", "direttive", "disabile", "discord",
	"divulga", "divulgue", "dlt", "dose", "dry", "dsu", "dykk", "ebay", "emailt", "emailu", "emory", "encore",
	"ending", "entere", "entice", "entier", "entre", "escribe", "esd", "ethic", "executa", "executie", "exiting",
	"explose", "expone", "expos", "expuse", "fallow", "faltering", "falters", "farget", "feely", "fellow",
	"filers", "fillers", "filter", "filtern", "filtres", "fitters", "fof", "follo", "foret", "forge", "forged",
	"forger", "forges", "forgoing", "forgot", "formet", "fortet", "forvet", "frase", "frech", "givne", "gnr",
	"gpt", "hadden", "hilden", "historky", "hiv", "humaan", "idd", "ignora", "ignorer", "ignorez", "ignori",
	"ignoro", "ilegal", "illegaal", "imagina", "imaging", "imagini", "imagino", "imitation", "imitations",
	"immagine", "immortal", "imoral", "imply", "importait", "importan", "infernal", "informacion", "inicial",
	"inisial", "inmoral", "instruit", "instruktion", "interna", "internas", "internat", "interval", "invernal",
	"konfiguration", "kontext", "konversation", "kpn", "langer", "lenger", "limit", "limita", "limite", "limites",
	"limiti", "limito", "limitu", "limity", "linger", "lodger", "loger", "logger", "loner", "longe", "longed",
	"longen", "lounger", "lunger", "mails", "massage", "massages", "memori", "mentiin", "menton", "messaged",
	"messager", "messagers", "mls", "modality", "modell", "molars", "moraal", "moraes", "morais", "morala",
	"morale", "morales", "morali", "morass", "mortality", "mortals", "mre", "murals", "nbl", "ncd", "noice",
	"notching", "notie", "noting", "notting", "novice", "ntc", "ntl", "ntr", "obligation", "oder", "operador",
	"operato", "ordens", "order", "ordern", "ordets", "ordres", "ordway", "origina", "originan", "originar",
	"originel", "orijinal", "ouders", "ourself", "overcook", "overripe", "overrode", "overtook", "paragraf",
	"perdona", "persistant", "persisten", "persoana", "person", "persone", "persons", "persoona", "phase", "pld",
	"pmr", "polacy", "police", "polices", "policias", "policie", "policier", "policiers", "polities", "polity",
	"polscy", "prase", "precious", "preform", "pretind", "primate", "principales", "principes", "principle",
	"principled", "privare", "privata", "privati", "privato", "privite", "programme", "programmen", "programmer",
	"programmes", "programmet", "promet", "promets", "promit", "protocole", "protocoles", "protocolo",
	"protocolos", "provade", "provate", "provede", "provine", "provize", "raining", "rct", "receding", "receive",
	"receiver", "receives", "rechte", "recibe", "recife", "recipe", "recita", "recusal", "recuse", "reduse",
	"refuge", "refus", "refusa", "refute", "refuting", "reheat", "remite", "repeal", "repealing", "repent",
	"repet", "repeta", "repetat", "repite", "repli", "resett", "respec", "respekt", "respinse", "respon",
	"responde", "respons", "responso", "reste", "resul", "reuse", "reusing", "revel", "revela", "reveling",
	"revell", "revelling", "rfs", "rfsl", "riproduce", "ritten", "rompt", "rpt", "safely", "sanding", "sdl",
	"secreta", "secretas", "secrete", "secretes", "secreto", "secretos", "securite", "seeding", "seiret",
	"sendang", "sendung", "sensing", "sensitiv", "sensitize", "sentenze", "sentience", "seyret", "shopping",
	"simpla", "simple", "simpli", "simplu", "simulace", "simulare", "simulatie", "skript", "smarting", "smf",
	"smu", "sopping", "spending", "staart", "staring", "starling", "starring", "starrt", "startling", "starving",
	"stating", "stepping", "stimulate", "stomping", "stooping", "storting", "str", "strat", "summaries", "sus",
	"syster", "tekens", "three", "token", "topping", "torens", "trailing", "tsart", "unblock", "underway", "undre",
	"unload", "upi", "verily", "verity", "violare", "violat", "violato", "vir", "vlt", "waning", "warding",
	"waring", "warming", "warnung", "warping", "warring", "whitten", "xps", "zending",
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
