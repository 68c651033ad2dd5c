# What a person types. `make help` lists the targets with the sentence beside each.
#
# Variables: PYTHON (interpreter that makes the virtual environment, default python3), DATA (folder for demo), SECONDS
# (of each fuzz target), ONLY and ROUNDS (of bench), FASTDCM_CORPUS (folder with real test files).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?=
SECONDS := 60
ONLY :=
ROUNDS := 15
export FASTDCM_CORPUS ?= $(abspath ../shared/corpus)
export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Everything that ends up in the wheel.
SOURCES := Cargo.toml Cargo.lock pyproject.toml README.md LICENSE THIRD_PARTY_LICENSES.txt $(shell find src python -type f \
	! -name '*.so' ! -name '*.pyc' ! -name '.*')

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python lint types format bench fuzz mutations docs clean requirements

help: ## Say what each target does.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

demo: requirements $(VENV)/fastdcm-release ## Build and install fastdcm, run the main job on a sample study, or on DATA=folder.
	@$(BIN)/python tests/demo.py $(if $(DATA),"$(DATA)")

test: test-rust test-python ## Run the Rust tests and, on the installed wheel, the Python tests.

# The tests are built with the profile `quick`: near release speed with overflow checks and debug assertions on, in a
# third of the time that link-time optimisation takes. The wheel of the Python tests shares its dependencies.
test-rust: requirements ## Run the Rust tests alone; no Python is needed.
	cargo test --locked --profile quick

test-python: requirements $(VENV)/fastdcm-quick $(VENV)/tests ## Build the wheel, install it, run the Python tests alone.
	$(BIN)/python -m pytest

lint: requirements $(VENV)/tests types ## Check form and lints of Rust and Python, licences, and that what is generated is up to date.
	cargo fmt --check
	cargo fmt --check --manifest-path tests/fuzz/Cargo.toml
	cargo fmt --check --manifest-path benches/ceiling/Cargo.toml
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --all-targets --features python -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python src/dictionary/generate.py --check
	$(BIN)/python .ci/licences.py --check

types: requirements $(VENV)/fastdcm-quick $(VENV)/tests ## Check the types of the package, and its stub against the built module.
	$(BIN)/mypy
	$(BIN)/mypy $(filter-out tests/test_%,$(wildcard tests/*.py))
	$(BIN)/stubtest fastdcm._core

format: $(VENV)/tests ## Rewrite Rust and Python in the project's form.
	cargo fmt
	cargo fmt --manifest-path tests/fuzz/Cargo.toml
	cargo fmt --manifest-path benches/ceiling/Cargo.toml
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: requirements $(VENV)/fastdcm-release $(VENV)/benches ## Measure against other libraries and the bare disk: ratios, and JSON in benches/data.
	cargo build --quiet --locked --release --manifest-path benches/ceiling/Cargo.toml \
		--target-dir $(or $(CARGO_TARGET_DIR),benches/ceiling/target)
	$(BIN)/python benches/run.py --rounds $(ROUNDS) $(ONLY)

fuzz: requirements $(VENV)/tests ## Fuzz each target for SECONDS=60, from seeds of the corpus.
	PYTHON=$(abspath $(BIN)/python) tests/fuzz/run $(SECONDS)

mutations: requirements $(VENV)/fastdcm-quick $(VENV)/tests ## Read 14,000 damaged files and 33,000 damaged frames, each watched for time, memory and kind of error.
	$(BIN)/python tests/mutate.py files
	$(BIN)/python tests/mutate.py frames

docs: requirements ## Build the documentation of the Rust crate; broken links are errors.
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

clean: ## Remove what was built: virtual environment, build folder, outputs, generated data.
	rm -rf $(VENV) target dist build demo-output benches/data .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf tests/fuzz/target tests/fuzz/corpus tests/fuzz/artifacts

requirements:
	@.ci/requirements

# --- the virtual environment: one file a step, so that a step is done again only when what it reads has changed ---

$(VENV)/ready: pyproject.toml | requirements
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$$(sed -n 's/^requires = \["\(maturin.*\)"\]/\1/p' pyproject.toml)"
	@touch $@

# One profile is installed at a time: the stamp of the other one goes.
$(VENV)/fastdcm-%: $(SOURCES) | $(VENV)/ready
	@rm -rf $(VENV)/fastdcm-* $(VENV)/wheel
	MATURIN_PEP517_ARGS="--locked --profile $*" $(BIN)/python -m pip wheel --quiet --no-build-isolation --no-deps \
		--wheel-dir $(VENV)/wheel .
	@$(BIN)/python -m pip uninstall --quiet --yes fastdcm
	$(BIN)/python -m pip install --quiet $(VENV)/wheel/fastdcm-*.whl
	@touch $@

# PyTorch takes gigabytes: without it the tests that need it are skipped.
$(VENV)/torch: tests/requirements-torch.txt | $(VENV)/ready
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

$(VENV)/%: %/requirements.txt | $(VENV)/ready
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@
