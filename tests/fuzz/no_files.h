/* SPDX-License-Identifier: Apache-2.0 */
/* A price table of one row, for the fuzz build, which has no embedded files. */
#ifndef PROMTAP_TESTS_FUZZ_NO_FILES_H
#define PROMTAP_TESTS_FUZZ_NO_FILES_H

#ifdef __clang__
__asm__(".section .rodata\n"
	".globl _binary_user_analysis_prices_models_csv_start\n"
	".globl _binary_user_analysis_prices_models_csv_end\n"
	"_binary_user_analysis_prices_models_csv_start:\n"
	".ascii \"provider,model,input,output\\nopenai,gpt-4o,2.5,10\\n\"\n"
	"_binary_user_analysis_prices_models_csv_end:\n"
	".previous\n");
#endif

#endif
