# promtap. `make help` says every target. Everything that is made goes under build/.

# ---- what this needs of the machine (Debian and Ubuntu names) -----------------------------------
# The same interface: Hyperscan is for x86 alone, Vectorscan for all.
HYPERSCAN ?= $(if $(filter x86_64,$(shell uname -m)),libhyperscan-dev,libvectorscan-dev)
PACKAGES_BUILD := clang llvm bpftool gcc make pkg-config libbpf-dev libelf-dev zlib1g-dev libbrotli-dev libzstd-dev \
		  libyaml-dev libcivetweb-dev libcap-dev libseccomp-dev libnghttp2-dev libicu-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev \
		  $(HYPERSCAN)
PACKAGES_TEST := check libjansson-dev libclang-rt-dev curl openssl nodejs npm python3 python3-venv python3-yaml ca-certificates mandoc zsh \
		 fish prometheus prometheus-alertmanager mmdebstrap iproute2

# ---- tools and flags ----------------------------------------------------------------------------
CC ?= gcc
CLANG ?= clang
OBJCOPY ?= objcopy
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
ARCH := $(shell uname -m)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(ARCH)))
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# make SAN=address,undefined: the same with sanitizers, in a folder of its own.
SAN ?=
B := build$(if $(SAN),/san)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(patsubst build/%,%,$(2))')

# Newer compilers warn of more: on a user's machine that must not stop the build.
WERROR := $(if $(CI),-Werror)
WARNINGS := -Wall -Wextra -Wformat=2 -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
CPPFLAGS += -D_GNU_SOURCE -Iuser -iquote include -Itests/unit -I$(B)/include
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARNINGS) $(CFLAGS) -fno-omit-frame-pointer -fPIE \
	      $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
# Loops over every byte of a text: worth the size.
CFLAGS_detect := -O3
# Runs only where the processor says that it can.
CFLAGS_decode_wide := $(if $(filter x86_64,$(shell uname -m)),-mavx2 -mbmi -mbmi2 -mlzcnt)
# The build id says whose images of compiled rules are whose (user/base/program.h).
ALL_LDFLAGS := $(LDFLAGS) -pie -Wl,--build-id $(if $(SAN),-fsanitize=$(SAN),-Wl,-z,relro,-z,now)
LIBS := -lbpf -lelf -lz -lbrotlidec -lzstd -lnghttp2 -lyaml -lcivetweb -lcap -lseccomp -lhs -lsqlite3 -lcurl -lssl -lcrypto -licuuc -lpthread -lm

# ---- stages: every folder of user/ is one, found by wildcard ------------------------------------
STAGES := $(filter-out user,$(patsubst user/%/,%,$(sort $(dir $(wildcard user/*/*.c)))))
lib = $(B)/lib/$(1).a

# What a stage's tests link besides itself: what its sources include. tests/lint/layers.sh checks the
# same table, so a stage cannot quietly come to need one downstream.
LINK_base :=
LINK_config := base
LINK_capture := base
LINK_stream := base capture
LINK_json := base
LINK_http := base stream
LINK_attribution := base
LINK_llm := base json http stream attribution
LINK_detect := base llm json http stream attribution
LINK_inspect := base
LINK_attach := base inspect attribution
LINK_analysis := base llm json http stream attribution
LINK_judge := base config analysis llm json http stream attribution
LINK_alerts := base config judge analysis llm json http stream attribution
LINK_transport := base config
LINK_notify := base config transport alerts judge analysis llm json http stream attribution
LINK_history := base config alerts judge analysis llm json http stream attribution
LINK_otlp := base config transport detect llm json http stream attribution
LINK_export := base config transport otlp analysis detect llm json http stream attribution
LINK_api := base config export history alerts judge analysis llm json http stream attribution
LINK_roles := $(filter-out roles base,$(STAGES)) base

.PHONY: help all deps run demo pictures test check check-san replay-corpus fuzz bench evaluate harmless live lint format docs install clean
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

help: ## this list
	@awk -F':.*## ' '/^[a-zA-Z_-]+:.*## /{printf "  %-16s %s\n",$$1,$$2}' $(firstword $(MAKEFILE_LIST))

all: $(B)/promtap build/compile_commands.json ## build/promtap

# ---- objects ------------------------------------------------------------------------------------
SKELETONS := $(patsubst bpf/%.bpf.c,$(B)/include/%.skel.h,$(wildcard bpf/*.bpf.c))

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra $(WERROR) -Wno-unused-parameter \
		-D__TARGET_ARCH_$(BPF_ARCH) -iquote include -Ivmlinux/$(ARCH) -Ivmlinux -Ibpf -MMD -MP -c $< -o $@

$(B)/include/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst .,_,$(*F))_bpf > $@

# The one source that needs them: a BPF program that does not compile stops no other stage.
$(B)/obj/user/attach/load.o: $(SKELETONS)

$(B)/obj/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS) $(CFLAGS_$(subst /,_,$(patsubst user/%/,%,$(dir $<)))) \
		$(CFLAGS_$(*F)) -MMD -MP -c $< -o $@

# Data that is part of the program: prices.
$(B)/obj/embed/%.o: user/%
	$(call say,EMBED,$@)
	$(Q)mkdir -p $(@D)
	$(Q)ld -r -b binary -z noexecstack -o $@ $<
	$(Q)$(OBJCOPY) --rename-section .data=.rodata,alloc,load,readonly,data,contents $@

# Rule packs: a C file that holds them all, made again when one changes, comes or goes. The assembler reads
# the texts, so that the fuzz targets, which are compiled from sources, hold them too.
PACKS := $(sort $(wildcard user/detect/rules/*.yaml))
$(B)/gen/packs.list: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(PACKS)' | cmp -s - $@ || echo '$(PACKS)' > $@
$(B)/gen/builtin_packs.c: user/detect/embed.sh $(B)/gen/packs.list $(PACKS)
	$(call say,EMBED,$@)
	$(Q)sh user/detect/embed.sh $(PACKS) > $@

# What folding does with each code point: a program asks ICU, and makes C that holds the table (in ICU's other
# library, which promtap itself does not need, stand the transforms and look-alikes).
FOLD_MAKER := user/detect/tables/make_fold_table.c user/detect/looks.c
$(B)/gen/make_fold_table: $(FOLD_MAKER) user/detect/fold_table.h user/detect/looks.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(FOLD_MAKER) $(LDFLAGS) -licui18n -licuuc -o $@
$(B)/gen/fold_table.c: $(B)/gen/make_fold_table
	$(call say,MAKE,$@)
	$(Q)$< $(B)/gen/fold_table.bin > $@

# The version is compiled into one object, again only when it changed.
$(B)/version: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@
$(B)/obj/user/config/version.o: $(B)/version
$(B)/obj/user/config/version.o: CPPFLAGS += -DPROMTAP_VERSION='"$(VERSION)"'
.PHONY: FORCE

define stage_rule
OBJS_$(1) := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard user/$(1)/*.c))) \
	     $(patsubst user/%,$(B)/obj/embed/%.o,$(sort $(wildcard user/$(1)/prices/*.csv))) \
	     $(if $(filter detect,$(1)),$(B)/obj/$(B)/gen/builtin_packs.o $(B)/obj/$(B)/gen/fold_table.o)
$(B)/lib/$(1).a: $$(OBJS_$(1))
	$$(call say,AR,$$@)
	$(Q)mkdir -p $$(@D) && rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach stage,$(STAGES),$(eval $(call stage_rule,$(stage))))

$(B)/linked: $(B)/obj/user/main.o $(foreach stage,$(STAGES),$(call lib,$(stage)))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) -o $@

# The program and what it compiles its own rules into: no start has to.
$(B)/promtap: $(B)/linked user/roles/add_rules.sh
	$(call say,RULES,$@)
	$(Q)OBJCOPY='$(OBJCOPY)' sh user/roles/add_rules.sh $< $(B)/rules.image $@

# ---- unit tests: one program for each folder of tests/unit --------------------------------------
UNIT_LIBS_http := -lbrotlienc
UNIT_LIBS_json := -ljansson
UNIT_LIBS_notify := -ljansson
UNITS := $(patsubst tests/unit/%/,%,$(sort $(dir $(wildcard tests/unit/*/*.c))))

define unit_rule
$(B)/tests/unit_$(1): $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard tests/unit/$(1)/*.c))) \
		$(B)/obj/tests/unit/main.o $(foreach stage,$(1) $(LINK_$(1)),$(call lib,$(stage)))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
		$$$$(pkg-config --libs check) $(UNIT_LIBS_$(1)) $(LIBS) -o $$@
endef
$(foreach unit,$(UNITS),$(eval $(call unit_rule,$(unit))))

unit-%: $(B)/tests/unit_% ## (unit-STAGE) the unit tests of one stage
	$<

# ---- what a person looks at: the texts of recorded calls (tests/replay/texts.c) -------------------
$(B)/tests/replay_texts: $(B)/obj/tests/replay/texts.o $(foreach stage,$(STAGES),$(call lib,$(stage)))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) -o $@

# ---- what the judge's drift is worth: the tables of docs/judgement.md ------------------------------
$(B)/tests/false_alarms: $(B)/obj/tests/judge/false_alarms.o $(foreach stage,judge $(LINK_judge),$(call lib,$(stage)))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) -o $@

# ---- a request with spans, for tests/otlp/test_encoding.py -------------------------------------------
$(B)/tests/otlp_dump: $(B)/obj/tests/otlp/dump.o $(B)/obj/tests/unit/otlp/sample.o $(foreach stage,otlp $(LINK_otlp),$(call lib,$(stage)))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) -o $@

# ---- fuzz targets: each also runs over its corpus as a test -------------------------------------
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS ?= 60

define fuzz_rule
$(B)/fuzz/fuzz_$(1)_replay: $(B)/obj/tests/fuzz/fuzz_$(1).o $(B)/obj/tests/fuzz/onefile.o $(foreach stage,$(STAGES),$(call lib,$(stage)))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $(LIBS) -o $$@
$(B)/fuzz/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(filter-out user/roles/%,$(wildcard user/*/*.c)) $(wildcard user/*/*.h) \
		$(B)/gen/builtin_packs.c $(B)/gen/fold_table.c
	$$(call say,FUZZ,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CLANG) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(CPPFLAGS) \
		$$< $$$$(tests/fuzz/sources.sh $(1) $(B)/gen) $(LIBS) -o $$@
fuzz-$(1): $(B)/fuzz/fuzz_$(1)
	$(Q)mkdir -p $(B)/fuzz/corpus_$(1) tests/fuzz/corpus/$(1)
	$(B)/fuzz/fuzz_$(1) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/ $(B)/fuzz/corpus_$(1) tests/fuzz/corpus/$(1)
endef
$(foreach fuzzer,$(FUZZERS),$(eval $(call fuzz_rule,$(fuzzer))))

fuzz: $(addprefix fuzz-,$(FUZZERS)) ## every fuzz target for FUZZ_SECONDS (60) each

# ---- benchmarks: each prints ratios to a baseline of the same run ---------------------------------
BENCHES := $(patsubst tests/bench/bench_%.c,%,$(sort $(wildcard tests/bench/bench_*.c)))

define bench_rule
$(B)/bench/bench_$(1): $(B)/obj/tests/bench/bench_$(1).o $(foreach stage,$(STAGES),$(call lib,$(stage)))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $(LIBS) -o $$@
endef
$(foreach bench,$(BENCHES),$(eval $(call bench_rule,$(bench))))

replay-corpus: $(foreach fuzzer,$(FUZZERS),$(B)/fuzz/fuzz_$(fuzzer)_replay) ## the programs that run fuzz targets over their corpora

# ---- what a user and CI call --------------------------------------------------------------------
deps: ## install what is missing (apt; says what it will install)
	@tests/deps.sh $(PACKAGES_BUILD) -- $(PACKAGES_TEST)

run: deps ## install what is missing, build, observe this machine
	@$(MAKE) --no-print-directory all
	$(B)/promtap run

demo: deps ## the same with a stand-in provider and clients, so that figures move
	@$(MAKE) --no-print-directory all
	tests/live/demo.sh

pictures: deps ## docs/images anew, of what the demo shows (root; half an hour)
	@$(MAKE) --no-print-directory all
	tools/pictures/make.sh

test: deps ## install what is missing, build, run every test
	@tests/run.sh

check: $(foreach unit,$(UNITS),$(B)/tests/unit_$(unit)) ## unit tests (SAN=address,undefined for sanitizers)
	@tests/check.sh $^

lint: ## no stage includes one downstream; links of the docs lead somewhere
	tests/lint/layers.sh
	tests/lint/links.py

live: $(B)/promtap ## end-to-end tests alone (root)
	tests/live/test_live.py

bench: $(B)/promtap $(B)/tests/replay_texts $(foreach bench,$(BENCHES),$(B)/bench/bench_$(bench)) ## benchmarks: ratios within one run
	tests/bench/run.sh

# Labelled texts, in the format of data/injection; no part of this repository.
CORPUS ?= ../shared/data/injection/open.jsonl.gz
TRAFFIC ?= ../shared/data/traffic/open.jsonl.gz
evaluate: $(B)/promtap ## what the rules find in labelled texts (CORPUS=FILE.jsonl.gz), and where they are wrong
	@[ ! -e "$(TRAFFIC)" ] || { tests/detect/traffic.py $(TRAFFIC) && echo; }
	@tests/detect/evaluate.py $(CORPUS)

# Texts that a machine has anyway.
DIRS ?= /usr/share/doc /usr/include /usr/lib/python3
harmless: $(B)/promtap ## what the rules find in files that are no attacks (DIRS="FOLDER ...")
	@tests/detect/harmless.py $(DIRS)

build/compile_commands.json: Makefile $(wildcard user/*/*.c user/*.c)
	@tests/lint/compile_commands.sh "$(CC) $(ALL_CFLAGS) $(CPPFLAGS)" $(sort $(wildcard user/*.c user/*/*.c)) > $@

format: ## clang-format the C sources
	clang-format -i $(wildcard user/*.c user/*/*.[ch] bpf/*.[ch] include/*.h tests/*/*.[ch] tests/*/*/*.[ch])

# What the program says of itself.
docs: $(B)/promtap ## docs/configuration.md and the chart's schema of `config`, from the tables of settings
	$(B)/promtap reference > docs/configuration.md.new && mv docs/configuration.md.new docs/configuration.md
	helm/config_schema.py

$(B)/promtap.8: $(B)/promtap
	$(call say,MAN,$@)
	$(Q)$< man > $@

$(B)/completion/%: $(B)/promtap
	$(Q)mkdir -p $(@D)
	$(Q)$< completion $* > $@

PREFIX ?= /usr/local
SHARE := $(DESTDIR)$(PREFIX)/share
install: $(B)/promtap $(B)/promtap.8 $(addprefix $(B)/completion/,bash zsh fish) ## program, man page, completion and systemd unit, under PREFIX
	install -D -m 0755 $(B)/promtap $(DESTDIR)$(PREFIX)/sbin/promtap
	install -D -m 0644 $(B)/promtap.8 $(SHARE)/man/man8/promtap.8
	install -D -m 0644 $(B)/completion/bash $(SHARE)/bash-completion/completions/promtap
	install -D -m 0644 $(B)/completion/zsh $(SHARE)/zsh/site-functions/_promtap
	install -D -m 0644 $(B)/completion/fish $(SHARE)/fish/vendor_completions.d/promtap.fish
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local|$(PREFIX)|' tools/systemd/promtap.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/promtap.service

clean: ## remove build/
	rm -rf build

-include $(shell find $(B)/obj $(B)/bpf -name '*.d' 2>/dev/null)
