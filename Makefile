# What you can do here. Each target installs what it needs on Debian 12 with Rust.

PORT ?= 8080
DB ?= var/demo.sqlite
ONCE ?=
REQUESTS ?= 20000
CALLS ?= 100000
BUYERS ?= 50
ONLY ?=
KIND ?=
WIDE ?=

EXTENSION := $(CURDIR)/target/release/libshopengine.so
PHP := php -d extension=$(EXTENSION)

.DEFAULT_GOAL := help
.PHONY: help demo serve test moodle rush mutants soak valgrind bench lint stubs-check build install clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: build ## start the demo shop, buy something, keep serving [PORT=8080] [DB=var/demo.sqlite] [ONCE=1 stops after the purchase]
	@$(PHP) php/storefront/demo.php --port=$(PORT) --db=$(DB) $(if $(ONCE),--once)

serve: build ## only serve the demo shop [PORT=8080] [DB=var/demo.sqlite]
	@$(PHP) php/storefront/serve.php --port=$(PORT) --db=$(DB)

test: ## every test; the last line is the sum
	@scripts/test.sh

moodle: build ## the tests on real Moodles only [MOODLE_DIR=/a/moodle:/another] [MOODLE_DATABASES=mariadb,pgsql]
	@scripts/test.sh moodle

rush: build ## fifty buyers at once on two web nodes of the Moodles, one of them killed [MOODLE_DIR=] [BUYERS=50]
	@scripts/setup.sh moodle
	@MOODLE_DURABLE=1 .venv/bin/python tests/moodle/pools.py $(BUYERS) --kill

mutants: ## break the code on purpose, a test must notice: an hour [ONLY=text of an id] [KIND=rust or glue] [MOODLE_DIR=] [WIDE=1 every change of the money modules: hours]
	@scripts/mutants.sh $(if $(WIDE),wide,--only "$(ONLY)" $(if $(KIND),--kind $(KIND)))

soak: build ## throw made-up requests at the engine, then look for leaks [REQUESTS=20000] [SEED=] [CALLS=100000]
	@$(PHP) tests/tools/soak.php $(REQUESTS) $(SEED)
	@$(PHP) tests/tools/leaks.php $(CALLS)

valgrind: build ## requests that PHP ends inside a call into Moodle's database, under valgrind: five minutes
	@scripts/setup.sh test
	@tests/valgrind.sh

bench: ## benchmarks beside plain PHP doing the same work
	@scripts/bench.sh

lint: ## formatting, clippy, PHP syntax, house style
	@scripts/setup.sh build
	@scripts/lint.sh

stubs-check: build ## compare stubs/ with the built extension
	@scripts/stubs-check.sh

build: ## the extension, target/release/libshopengine.so
	@scripts/setup.sh build
	@cargo build --release --locked --quiet

install: build ## copy the extension to PHP's extension folder (as root) and say how to enable it
	@install -m 644 $(EXTENSION) "$$(php-config --extension-dir)/shopengine.so"
	@echo "installed; enable it with a line \`extension=shopengine\` in php.ini"

clean: ## remove what was built
	@cargo clean --quiet
	@rm -rf .venv var
