# The commands of the package; `make help` lists them.
SHELL := /bin/bash
SWIFT ?= swift
FORMATTED := $(wildcard Sources Tests Tools Examples Benchmarks Package.swift)

.DEFAULT_GOAL := help
.PHONY: help setup build test test-processors demo sounds gallery format lint generate check bench tables applications serving architectures clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 22

setup: ## Install what the build needs (CUDA=1: LibTorch for CUDA; APUS_LIBTORCH=DIR: use this one)
	@scripts/setup.sh

build: setup ## Build everything for release
	$(SWIFT) build -c release

test: setup ## Set up, build and run the tests
	$(SWIFT) test --disable-xctest --no-parallel

test-processors: setup ## Run the tests that compute as x86-64 processors with AVX2 alone, and with SSE4.1 alone, would
	$(SWIFT) build --build-tests
	@scripts/test-processors.sh

demo: setup ## Set up, build, and train, export and use a classifier of letters
	$(SWIFT) build -c release --product apus
	$(SWIFT) build -c release --product letters-demo
	@"$$($(SWIFT) build -c release --show-bin-path)/letters-demo"

sounds: setup ## Make sounds of six kinds, train, export and use a classifier (OUT=DIR: where; DATA=DIR: sounds in a folder for each class)
	$(SWIFT) build -c release --product sounds-demo
	@"$$($(SWIFT) build -c release --show-bin-path)/sounds-demo" "$(or $(OUT),sounds-output)" $(DATA)

gallery: setup ## Draw every kind of figure and transform (OUT=DIR: where; DATA=DIR: pictures in a folder for each class)
	$(SWIFT) build -c release --product letters-demo
	@"$$($(SWIFT) build -c release --show-bin-path)/letters-demo" gallery "$(or $(OUT),gallery-output)" $(DATA)

format: ## Format the Swift sources
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

lint: ## Check the format of the Swift sources
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)

generate: setup ## Write the operator bindings from Sources/CTorch/operators.list
	$(SWIFT) run generate-operators

check: ## Everything that the CI checks
	@.ci/run </dev/null

bench: setup ## Compare with fastai (PEER=VENV: its Python environment, DATA=DIR: the data sets)
	@test -x "$(PEER)/bin/python" || { echo "bench: PEER=$(PEER) is no Python environment: say make bench PEER=VENV DATA=DIR" >&2; exit 1; }
	@test -d "$(DATA)" || { echo "bench: DATA=$(DATA) is no folder: say make bench PEER=VENV DATA=DIR" >&2; exit 1; }
	$(SWIFT) build -c release
	@python3 Benchmarks/run.py --peer "$(PEER)" --data "$(DATA)"

tables: setup ## Compare the defaults for tables with trees (PEER=VENV with scikit-learn, DATA=DIR as for bench)
	@test -x "$(PEER)/bin/python" || { echo "tables: PEER=$(PEER) is no Python environment: say make tables PEER=VENV DATA=DIR" >&2; exit 1; }
	@test -d "$(DATA)" || { echo "tables: DATA=$(DATA) is no folder: say make tables PEER=VENV DATA=DIR" >&2; exit 1; }
	$(SWIFT) build -c release --product apus-tables
	@"$(PEER)/bin/python" Benchmarks/tables.py --data "$(DATA)" --fastai

applications: setup ## Run every vision application beside fastai (PEER=VENV, DATA=DIR as for bench)
	@test -x "$(PEER)/bin/python" || { echo "applications: PEER=$(PEER) is no Python environment: say make applications PEER=VENV DATA=DIR" >&2; exit 1; }
	@test -d "$(DATA)" || { echo "applications: DATA=$(DATA) is no folder: say make applications PEER=VENV DATA=DIR" >&2; exit 1; }
	$(SWIFT) build -c release --product apus
	@python3 Benchmarks/applications.py --peer "$(PEER)" --data "$(DATA)"

serving: setup ## Measure the server beside FastAPI and Gradio (PEER=VENV with both, DATA=DIR as for bench)
	@test -x "$(PEER)/bin/python" || { echo "serving: PEER=$(PEER) is no Python environment: say make serving PEER=VENV DATA=DIR" >&2; exit 1; }
	@test -d "$(DATA)" || { echo "serving: DATA=$(DATA) is no folder: say make serving PEER=VENV DATA=DIR" >&2; exit 1; }
	$(SWIFT) build -c release
	@python3 Benchmarks/serving.py --peer "$(PEER)" --data "$(DATA)"
	@python3 Benchmarks/soak.py --data "$(DATA)" --minutes 5

architectures: setup ## Measure architectures and write docs/architectures.md with its picture
	$(SWIFT) build -c release --product apus-bench
	@"$$($(SWIFT) build -c release --show-bin-path)/apus-bench" architectures docs --accuracies Benchmarks/accuracies.csv

clean: ## Remove what was built
	rm -rf .build demo-output gallery-output sounds-output
