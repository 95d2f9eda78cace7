.PHONY: test fuzz sanitize soak test-python test-engines wheel test-avx512 test-kernel-bits test-aarch64 libraries model check-python check-hub bench bench-check docs install deb format lint

PREFIX ?= /usr/local

# A suite that finds one of these missing fails.
backends := simd,openblas,onednn,reference

# All tests, in debug and in release.
test: libraries model
	REQUIRE_MINILM=1 REQUIRE_BACKENDS=$(backends) swift test
	REQUIRE_MINILM=1 REQUIRE_BACKENDS=$(backends) swift test -c release

# The AVX-512 and VNNI kernels on processors without these: slowly, with each instruction emulated.
test-avx512:
	swift test -c release --scratch-path .build-avx512 -Xcc -DBERT_EMULATE_AVX512 \
		--filter 'Kernel|SIMD|Conform|Precision'

# The C kernels on this processor, with AVX-512 emulated, and for aarch64 under qemu-user: all give the same bits.
test-kernel-bits:
	scripts/test-kernel-bits native emulated aarch64

# The C kernels for aarch64 alone.
test-aarch64:
	scripts/test-kernel-bits aarch64

# libFuzzer on what reads files and requests of strangers, SECONDS for each target: see scripts/fuzz.
SECONDS ?= 60
fuzz:
	scripts/fuzz --seconds $(SECONDS)

# The tests of memory, threads and kernels under AddressSanitizer, ThreadSanitizer and UBSan.
sanitize:
	scripts/sanitize

# All pipelines in one process for MINUTES, with calls cancelled at random: results stay equal and memory flat.
MINUTES ?= 30
soak:
	swift run -c release Soak "$(CURDIR)" $(MINUTES)

# The Python package: its tests, its types, and the wheel in clean environments of two Pythons. RELEASE=1: the wheel that is shipped.
test-python:
	scripts/test-python $(if $(RELEASE),--release)

# The Python package on Spark, Ray, Daft, Dask and DuckDB, with workers killed; the first run makes an environment with them (2 GB).
test-engines:
	scripts/test-python --engines

# The Python wheel, in dist.
wheel:
	scripts/build-wheel

# OpenBLAS and oneDNN, if they are missing.
libraries:
	scripts/install-libraries

# The sentence model that tests and examples use, if it is missing.
model:
	scripts/fetch-minilm

# Checks that saved models load in Python; the first run makes a virtual environment with torch and transformers.
check-python:
	scripts/check-python-loading

# The cache that bert and the real huggingface_hub share, with a hub on this machine.
check-hub:
	scripts/check-hub

# Times this package, PyTorch, ONNX Runtime, OpenVINO and CTranslate2, and writes BENCHMARKS.md. The first run makes a virtual
# environment with them (3 GB). Takes more than an hour.
bench: libraries model
	Benchmarks/run

# Counts instructions and compares the backends with each other; fails if anything got 5 % worse than the stored figures.
bench-check: libraries model
	Benchmarks/check

# The documentation site of all libraries, in .build/docs; a warning fails it.
docs:
	scripts/build-docs

# bert with its man pages and completions; it runs, and loads plugins, without a Swift toolchain. TRAITS=Server includes the
# server of bert serve.
install:
	TRAITS="$(TRAITS)" scripts/install "$(PREFIX)"

# The same as a package for this Debian or Ubuntu, in .build.
deb:
	TRAITS="$(TRAITS)" scripts/build-deb

sources := Package.swift Sources Tests $(wildcard Examples/*/Package.swift Examples/*/Sources Examples/*/Tests Benchmarks/Package.swift Benchmarks/Sources)

format:
	swift format --in-place --recursive $(sources)

lint:
	scripts/generate-operations --check
	swift format lint --strict --recursive $(sources)
