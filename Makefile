.DEFAULT_GOAL := help
.PHONY: help run test test-postgres check lint fmt bench bench-check bench-peers bench-go fuzz soak screenshots image release

FUZZTIME ?= 10s
BENCH ?= # flags, such as -short, or -update, which writes what was measured into docs/performance.md

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the sandbox on http://127.0.0.1:8080
	go run ./cmd/sandbox

test: ## run the tests that need nothing but Go, and those whose tools are here
	go test ./...

test-postgres: ## run the tests on a PostgreSQL of their own, the APIs' with three replicas of each sandbox
	.ci/with-postgres

check: ## do what CI does, and install what it needs
	.ci/run

lint: ## look for mistakes
	go tool -modfile=tools/go.mod golangci-lint run

fmt: ## format the code as the linter wants it
	go tool -modfile=tools/go.mod golangci-lint fmt

bench: ## measure the sandbox against baselines, as ratios within one run
	go run ./bench $(BENCH)

bench-check: ## fail if a request takes more processor time than the kept ratios allow
	go run ./bench $(BENCH) check

bench-peers: ## measure it against others' servers; this takes Node.js and Java
	cd bench/peers && npm ci --ignore-scripts --no-audit --no-fund
	go run ./bench $(BENCH) peers

bench-go: ## run the benchmarks of the code, BENCH=-count=10 for benchstat
	go test ./bench ./internal/store ./internal/complycube ./internal/kobra ./internal/apidev ./sandboxtest -run '^$$' -bench . $(BENCH)

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@list=$$(go test ./... -list '^Fuzz') || { echo "$$list"; exit 1; }; \
	echo "$$list" | awk '/^Fuzz/ {name[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, name[i]; n = 0}' | \
	while read -r package target; do \
		echo "==== $$package $$target"; \
		go test "$$package" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	done

soak: ## kill, fill, flood and load the program, and try bad input, and print figures
	go test ./soak -count 1 -v -timeout 3h -soak

screenshots: ## draw the console's pages into docs/screenshots
	cd internal/console/testdata/axe && npm ci --no-audit --no-fund
	SANDBOX_REQUIRE=all go test ./internal/console -run '^TestLooks$$' -count 1 -screenshots $(CURDIR)/docs/screenshots

image: ## build the image with Docker
	docker build --target runtime -t sandbox .

release: ## build the binaries of a release in dist, for all platforms
	.ci/release
