# make -C native fuzz [FUZZ_SECONDS=60]: libFuzzer on apply. Needs clang. As root it runs in a mount namespace of its own.
FUZZ := $(ROOT)/build/fuzz
FUZZ_SECONDS ?= 60
FUZZ_SOURCES := fuzz/apply_fuzz.c json.c report.c records.c apply.c $(filter-out apply.c,$(wildcard apply_*.c)) tar.c tar_block.c tar_data.c tar_input.c tar_number.c \
	tar_pax.c tar_sparse.c walk.c walk_steps.c path.c remove.c xattrs.c lowers.c layer_root.c sha256.c sha256_constants.c sha256_cpu.c

.PHONY: fuzz
fuzz: $(FUZZ)/apply
	@mkdir -p $(FUZZ)/corpus
	python3 fuzz/seeds.py $(FUZZ)/corpus
	cd $(FUZZ) && ./apply -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix=$(FUZZ)/ $(FUZZ)/corpus

$(FUZZ)/apply: $(FUZZ_SOURCES) $(HEADERS) fuzz/fuzz.mk
	@mkdir -p $(FUZZ)
	clang -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -Wno-unknown-pragmas -o $@ $(FUZZ_SOURCES)
