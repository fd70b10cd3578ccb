# Every target is one script; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build release test demo fuzz bench screenshots format lint clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

demo: ## from nothing to a recorded, shown and replayed session: installs what is missing, builds, runs
	@Scripts/demo.sh

test: ## everything that must pass: format, unit, tidy and interop tests; ends with one line of counts
	@Scripts/test.sh

build: ## a debug build
	@Scripts/build.sh debug

release: ## the release binary, .build/release/mcptape, with Swift's libraries inside
	@Scripts/build.sh release

fuzz: ## every parser against random input, FUZZ_SECONDS=60 in all
	@Scripts/fuzz.sh

bench: ## the numbers of Benchmarks/README.md, measured here
	@Scripts/bench.sh

screenshots: ## pictures of the viewer's pages, into docs/images
	@python3 Scripts/screenshots.py

format: ## write the sources as .swift-format says
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

lint: ## say where the sources are not as .swift-format says
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests

clean: ## remove what was built
	@rm -rf .build .venv-*
