/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/person_ids.h"

#include "base/cleanup.h"
#include "detect/person_valid.h"

#define ID(id_name, id_pattern, ...) { id_name, id_pattern, sizeof(id_pattern) - 1, __VA_ARGS__ }

static const struct person_id ids_us[] = {
	ID("us_ssn", "ddddddddd", " -", valid_us_ssn, "ddd-dd-dddd",
	  " ssn|social security|social_security|socialsecurity", "123456789"),
};

static const struct person_id ids_americas[] = {
	ID("us_itin", "ddddddddd", " -", valid_us_itin, NULL, " itin |taxpayer id", NULL),
	ID("ca_sin", "ddddddddd", " -", valid_ca_sin, NULL,
	  "social insurance|social_insurance| sin | sin_|assurance sociale| nas ", "123456782"),
	ID("br_cpf", "ddddddddddd", ".-", valid_br_cpf, "ddd.ddd.ddd-dd", " cpf", "12345678909"),
	ID("cl_rut", "ddddddddx", ".-", valid_cl_rut, "dd.ddd.ddd-x", " rut ", "123456785"),
	ID("ar_cuit", "ddddddddddd", "-", valid_ar_cuit, NULL, " cuit| cuil", NULL),
};

static const struct person_id ids_companies[] = {
	ID("br_cnpj", "xxxxxxxxxxxxdd", "./-", valid_br_cnpj, "xx.xxx.xxx/xxxx-dd", " cnpj", "11222333000181"),
};

static const struct person_id ids_europe[] = {
	ID("uk_nhs", "dddddddddd", " -", valid_uk_nhs, NULL, " nhs", "9434765919"),
	ID("de_tax", "ddddddddddd", " /", valid_de_tax, NULL,
	  "steuer-id|steuerid|steuerliche id|steueridentifik|steuer-ident| idnr|tax id|tax_id| tin ", "86095742719"),
	ID("de_card", "xxxxxxxxxd", " ", valid_de_card_check, NULL,
	  "personalausweis|ausweisn|ausweis-n|reisepass", "L01X00T471"),
	ID("de_health", "Addddddddd", " ", valid_de_health, NULL, "krankenvers|versicherten| kvnr", "A123456780"),
	ID("fr_nir", "ddddddxdddddddd", " .", valid_fr_nir, "ddddddddddddddd|d_dd_dd_dx_ddd_ddd_dd",
	  "curit\xc3\xa9 sociale|securite sociale| nir | insee", "255081416802538"),
	ID("nl_bsn", "ddddddddd", ". ", valid_nl_bsn, NULL, " bsn|burgerservice|sofinummer", "123456782"),
	ID("be_national", "ddddddddddd", ".- ", valid_be_national, "dd.dd.dd-ddd.dd",
	  "rijksregister|registre national|nationaal nummer|ro national| niss | insz ", "85073003328"),
	ID("pl_pesel", "ddddddddddd", "", valid_pl_pesel, NULL, "pesel", "44051401359"),
	ID("se_person", "dddddddddd", "-+", valid_se_person, NULL, "personn|samordning", "8112189876"),
	ID("se_person", "dddddddddddd", "-", valid_se_person_long, "19dddddd-dddd", "personn|samordning", "198112189876"),
	ID("fi_hetu", "dddddddddx", "-+", valid_fi_hetu, "dddddd-dddx", " hetu|tunnus", "131052308T"),
	ID("fi_hetu", "ddddddAdddx", "", valid_fi_hetu_letter, "ddddddAdddx", " hetu|tunnus", NULL),
	ID("dk_cpr", "dddddddddd", "- ", valid_dk_cpr, NULL, " cpr", NULL),
	ID("no_birth", "ddddddddddd", " ", valid_no_birth, NULL, "f\xc3\xb8" "dselsn|fodselsn|personn|d-nummer", NULL),
	ID("ch_ahv", "ddddddddddddd", ". ", valid_ch_ahv, "ddd.dddd.dddd.dd", " ahv| avs", "7569217076985"),
	ID("at_social", "dddddddddd", " ", valid_at_social, NULL, "sozialversicherung| svnr| sv-nr", "1237010180"),
	ID("pt_nif", "ddddddddd", " ", valid_pt_nif, NULL, " nif|contribuinte", "123456789"),
	ID("gr_amka", "ddddddddddd", " ", valid_gr_amka, NULL, " amka|\xce\x91\xce\x9c\xce\x9a\xce\x91", NULL),
	ID("hr_oib", "ddddddddddd", "", valid_hr_oib, NULL, " oib", NULL),
	ID("ro_cnp", "ddddddddddddd", "", valid_ro_cnp, NULL, " cnp|cod numeric personal", NULL),
	ID("cz_birth", "dddddddddd", "/", valid_cz_birth, NULL, "rodn\xc3\xa9|rodne c", NULL),
	ID("ee_person", "ddddddddddd", "", valid_ee_person, NULL, "isikukood|asmens kod", "38001085718"),
	ID("bg_egn", "dddddddddd", "", valid_bg_egn, NULL, " egn |\xd0\x95\xd0\x93\xd0\x9d", NULL),
	ID("tr_kimlik", "ddddddddddd", " ", valid_tr_kimlik, NULL, "kimlik| tckn| tc no", "10000000146"),
};

static const struct person_id ids_elsewhere[] = {
	ID("za_id", "ddddddddddddd", " ", valid_za_id, NULL,
	  "south african id| rsa id| sa id|id number|id_number|identity n", "8001015009087"),
	ID("in_aadhaar", "dddddddddddd", " -", valid_in_aadhaar, NULL,
	  "aadhaar|aadhar|uidai|\xe0\xa4\x86\xe0\xa4\xa7\xe0\xa4\xbe\xe0\xa4\xb0", NULL),
	ID("cn_id", "dddddddddddddddddx", "", valid_cn_id, "dddddddddddddddddx",
	  "\xe8\xba\xab\xe4\xbb\xbd", "11010519491231002X"),
	ID("jp_my", "dddddddddddd", " -", valid_jp_my, NULL,
	  "my number|mynumber|my_number|\xe3\x83\x9e\xe3\x82\xa4\xe3\x83\x8a\xe3\x83\xb3|\xe5\x80\x8b\xe4\xba\xba\xe7\x95\xaa\xe5\x8f\xb7", "123456789018"),
	ID("kr_resident", "ddddddddddddd", "-", valid_kr_resident, "dddddd-ddddddd",
	  "\xec\xa3\xbc\xeb\xaf\xbc|resident registration", NULL),
	ID("tw_id", "Addddddddd", "", valid_tw_id, NULL,
	  "\xe8\xba\xab\xe5\x88\x86\xe8\xad\x89|\xe8\xba\xab\xe4\xbb\xbd\xe8\xad\x89|national id", "A123456789"),
	ID("th_id", "ddddddddddddd", "- ", valid_th_id, "d-dddd-ddddd-dd-d",
	  "\xe0\xb8\x9a\xe0\xb8\xb1\xe0\xb8\x95\xe0\xb8\xa3|thai id|citizen id", "1234567890121"),
	ID("il_id", "ddddddddd", "-", valid_luhn_nine, NULL,
	  "teudat zehut|\xd7\xaa.\xd7\x96|\xd7\xaa\xd7\xa2\xd7\x95\xd7\x93\xd7\xaa \xd7\x96\xd7\x94", "123456782"),
	ID("au_tfn", "ddddddddd", " ", valid_au_tfn, NULL, " tfn|tax file", "123456782"),
	ID("au_medicare", "dddddddddd", " ", valid_au_medicare, NULL, "medicare", "2123456701"),
	ID("nz_ird", "ddddddddd", "-", valid_nz_ird, NULL, " ird ", NULL),
};

static const struct person_id ids_lettered[] = {
	ID("uk_nino", "AAddddddA", " ", valid_uk_nino, NULL, "", NULL),
	ID("de_card", "xxxxxxxxx", "", valid_de_card, NULL, "", "L01X00T47"),
	ID("es_dni", "ddddddddA", "-. ", valid_es_dni, NULL, "", "12345678Z"),
	ID("es_nie", "AdddddddA", "-. ", valid_es_nie, NULL, "", "X1234567L"),
	ID("ie_ppsn", "dddddddA", "", valid_ie_ppsn, NULL, "", "1234567T"),
	ID("ie_ppsn", "dddddddAA", "", valid_ie_ppsn_long, NULL, "", "1234567FA"),
	ID("in_pan", "AAAAAddddA", "", valid_in_pan, NULL, "", "ABCPE1234F"),
	ID("sg_nric", "AdddddddA", "", valid_sg_nric, NULL, "", "S1234567D"),
	ID("it_fiscal", "AAAAAAxxAxxAxxxA", "", valid_it_fiscal, NULL, "", "RSSMRA85T10A562S"),
	ID("mx_curp", "AAAAddddddAAAAAAxd", "", valid_mx_curp, NULL, "", NULL),
};

/* "lettered" are too short in digits to be found by them: rules name them one by one. */
const struct person_ids person_ids[] = {
	{ "us", ids_us, ARRAY_SIZE(ids_us) },
	{ "americas", ids_americas, ARRAY_SIZE(ids_americas) },
	{ "companies", ids_companies, ARRAY_SIZE(ids_companies) },
	{ "europe", ids_europe, ARRAY_SIZE(ids_europe) },
	{ "elsewhere", ids_elsewhere, ARRAY_SIZE(ids_elsewhere) },
	{ "lettered", ids_lettered, ARRAY_SIZE(ids_lettered) },
};
const uint32_t person_ids_count = ARRAY_SIZE(person_ids);

const struct person_ids *person_ids_of(struct slice name)
{
	for (uint32_t i = 0; i < person_ids_count; i++) {
		if (slice_eq(name, slice_of(person_ids[i].name)))
			return &person_ids[i];
	}
	return NULL;
}

const struct person_id *person_id_of(struct slice name, const struct person_id *after)
{
	const struct person_id *end = ids_lettered + ARRAY_SIZE(ids_lettered);

	for (const struct person_id *id = after ? after + 1 : ids_lettered; id < end; id++) {
		if (slice_eq(name, slice_of(id->name)))
			return id;
	}
	return NULL;
}
