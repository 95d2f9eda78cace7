.PHONY: test fuzz sanitize soak test-python test-engines wheel test-avx512 test-kernel-bits test-aarch64 libraries model check-python check-hub bench bench-check docs install deb format lint

PREFIX ?= /usr/local

# The tests fail if one of these is unavailable.
backends := simd,openblas,onednn,reference

# All tests, in debug and in release. The flags for release make `swift run` in scripts/run-readme share the build.
test: libraries model
	REQUIRE_MINILM=1 REQUIRE_BACKENDS=$(backends) swift test
	REQUIRE_MINILM=1 REQUIRE_BACKENDS=$(backends) swift test -c release --disable-testable-imports -Xswiftc -enable-testing

# The kernels for AVX-512, VNNI, BF16 and AMX on other processors. Each instruction is emulated, which is slow.
test-avx512:
	swift test -c release --scratch-path .build-avx512 -Xcc -DBERT_EMULATE_AVX512 \
		--filter 'Kernel|SIMD|Conform|Precision'

# The C kernels on this processor, with emulated AVX-512 and AMX, and for aarch64 with qemu-user. Results must be bitwise identical.
test-kernel-bits:
	scripts/test-kernel-bits native emulated aarch64

# Only the C kernels for aarch64.
test-aarch64:
	scripts/test-kernel-bits aarch64

# libFuzzer on the parsers of untrusted input, for SECONDS per target: see scripts/fuzz.
SECONDS ?= 60
fuzz:
	scripts/fuzz --seconds $(SECONDS)

# The tests of memory, threads and kernels with AddressSanitizer, ThreadSanitizer and UBSan.
sanitize:
	scripts/sanitize

# All pipelines in one process for MINUTES, with random cancellation. Results and memory use must stay constant.
MINUTES ?= 30
soak:
	swift run -c release Soak "$(CURDIR)" $(MINUTES)

# The Python package: its tests, its types, and the wheel in clean environments. RELEASE=1 tests the release wheel.
test-python:
	scripts/test-python $(if $(RELEASE),--release)

# The Python package with Spark, Ray, Daft, Dask and DuckDB. The first run creates an environment with them (2 GB).
test-engines:
	scripts/test-python --engines

# Builds the Python wheel in dist.
wheel:
	scripts/build-wheel

# Installs OpenBLAS and oneDNN if they are missing.
libraries:
	scripts/install-libraries

# Downloads the model that tests and examples use, if it is missing.
model:
	scripts/fetch-minilm

# Checks that saved models load in Python. The first run creates a virtual environment with torch and transformers.
check-python:
	scripts/check-python-loading

# Tests the cache that bert shares with huggingface_hub, with a local mock hub.
check-hub:
	scripts/check-hub

# Measures this package, PyTorch, ONNX Runtime, OpenVINO and CTranslate2, and generates BENCHMARKS.md. The first run creates a
# virtual environment with them (3 GB). Takes more than an hour.
bench: libraries model
	Benchmarks/run

# Counts instructions and compares the backends. Fails if a result is more than 5 % worse than the stored one.
bench-check: libraries model
	Benchmarks/check

# Builds the documentation of all libraries in .build/docs. Warnings are errors.
docs:
	scripts/build-docs

# Installs bert with its man pages and completions. It runs, and loads plugins, without a Swift toolchain. TRAITS=Server includes
# the server of bert serve.
install:
	TRAITS="$(TRAITS)" scripts/install "$(PREFIX)"

# Builds a package for this release of Debian or Ubuntu in .build.
deb:
	TRAITS="$(TRAITS)" scripts/build-deb

sources := Package.swift Sources Tests scripts/library $(wildcard Examples/*/Package.swift Examples/*/Sources Examples/*/Tests Benchmarks/Package.swift Benchmarks/Sources)

format:
	swift format --in-place --recursive $(sources)

lint:
	scripts/generate-operations --check
	swift format lint --strict --recursive $(sources)
