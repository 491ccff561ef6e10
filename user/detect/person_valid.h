/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a number can be one of those that a state gives to people; each gets the characters of the kind's pattern. */
#ifndef PROMTAP_DETECT_PERSON_VALID_H
#define PROMTAP_DETECT_PERSON_VALID_H

#include <stdbool.h>

bool valid_us_ssn(const char *id);
bool valid_us_itin(const char *id);
bool valid_luhn_nine(const char *id);
bool valid_ca_sin(const char *id);
bool valid_mx_curp(const char *id);
bool valid_uk_nino(const char *id);
bool valid_uk_nhs(const char *id);
bool valid_de_tax(const char *id);
bool valid_de_card(const char *id);
bool valid_de_card_check(const char *id);
bool valid_de_health(const char *id);
bool valid_fr_nir(const char *id);
bool valid_es_dni(const char *id);
bool valid_es_nie(const char *id);
bool valid_it_fiscal(const char *id);
bool valid_nl_bsn(const char *id);
bool valid_be_national(const char *id);
bool valid_pl_pesel(const char *id);
bool valid_se_person(const char *id);
bool valid_se_person_long(const char *id);
bool valid_fi_hetu(const char *id);
bool valid_fi_hetu_letter(const char *id);
bool valid_dk_cpr(const char *id);
bool valid_no_birth(const char *id);
bool valid_ch_ahv(const char *id);
bool valid_at_social(const char *id);
bool valid_pt_nif(const char *id);
bool valid_ie_ppsn(const char *id);
bool valid_ie_ppsn_long(const char *id);
bool valid_gr_amka(const char *id);
bool valid_hr_oib(const char *id);
bool valid_ro_cnp(const char *id);
bool valid_cz_birth(const char *id);
bool valid_ee_person(const char *id);
bool valid_bg_egn(const char *id);
bool valid_tr_kimlik(const char *id);
bool valid_br_cpf(const char *id);
bool valid_br_cnpj(const char *id);
bool valid_cl_rut(const char *id);
bool valid_ar_cuit(const char *id);
bool valid_za_id(const char *id);
bool valid_in_aadhaar(const char *id);
bool valid_in_pan(const char *id);
bool valid_cn_id(const char *id);
bool valid_jp_my(const char *id);
bool valid_kr_resident(const char *id);
bool valid_sg_nric(const char *id);
bool valid_tw_id(const char *id);
bool valid_th_id(const char *id);
bool valid_au_tfn(const char *id);
bool valid_au_medicare(const char *id);
bool valid_nz_ird(const char *id);

#endif
