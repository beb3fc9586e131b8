# One command for each thing to do; `make` alone lists them.
#
# The environment is a virtual one in .venv. A stamp named after the hash of the requirements says
# that it is complete, so each target starts at once when nothing has changed.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:

VENV := .venv
# Tools run as modules, so that a checkout that was moved goes on working.
PYTHON_ENV := $(VENV)/bin/python
ARGS ?=

RUN_REQUIREMENTS := requirements.txt
DEV_REQUIREMENTS := requirements-dev.txt requirements-spec.txt
hash = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' '-')
RUN_STAMP := $(VENV)/.run-$(call hash,$(RUN_REQUIREMENTS))
DEV_STAMP := $(VENV)/.dev-$(call hash,$(DEV_REQUIREMENTS))
PIP := $(PYTHON_ENV) -m pip --disable-pip-version-check --no-input --quiet
BABEL := $(PYTHON_ENV) -m babel.messages.frontend --quiet
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN_STAMP) $(CATALOGUES) ## the site with demo content: database, web, worker, stand-in processor
	@exec $(PYTHON_ENV) -m app.supervisor run

.PHONY: test
test: $(DEV_STAMP) $(CATALOGUES) ## all tests; some of them: make test ARGS="tests/core -k money"
	@exec $(PYTHON_ENV) -m app.supervisor test $(ARGS)

.PHONY: bench
bench: $(DEV_STAMP) $(CATALOGUES) ## how fast and large the site is beside bare Flask: about 3 minutes, var/bench/report.md
	@exec $(PYTHON_ENV) -m bench

.PHONY: lint
lint: $(DEV_STAMP) ## style, format, templates and who may import whom
	@$(PYTHON_ENV) -m ruff check .
	@$(PYTHON_ENV) -m ruff format --check .
	@$(PYTHON_ENV) -m djlint templates --lint --quiet
	@$(PYTHON_ENV) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo

.PHONY: types
types: $(DEV_STAMP) ## mypy, strict
	@$(PYTHON_ENV) -m mypy .

.PHONY: format
format: $(DEV_STAMP) ## rewrite the Python files in the project's format
	@$(PYTHON_ENV) -m ruff check --fix-only --quiet .
	@$(PYTHON_ENV) -m ruff format .

.PHONY: i18n
i18n: $(RUN_STAMP) ## collect the words to translate, merge and compile the catalogues
	@mkdir -p translations
	@$(BABEL) extract --mapping pyproject.toml --output translations/messages.pot --project Moratorium --copyright-holder Moratorium \
		--keywords lazy_gettext --keywords _l --keywords lazy_ngettext:1,2 --keywords lazy_pgettext:1c,2 \
		--add-comments "Translators:" --add-location file --sort-by-file --no-wrap \
		--ignore-dirs ".* node_modules var tests tools bench sandbox migrations static" .
	@for po in $(wildcard translations/*/LC_MESSAGES/messages.po); do \
		locale=$${po#translations/}; locale=$${locale%%/*}; \
		$(BABEL) update --no-fuzzy-matching --no-wrap --ignore-pot-creation-date \
			--input-file translations/messages.pot --output-file "$$po" --locale "$$locale" || exit 1; \
		$(BABEL) compile --input-file "$$po" --output-file "$${po%.po}.mo" || exit 1; \
	done

.PHONY: lock
lock: $(DEV_STAMP) ## renew requirements.txt and requirements-dev.txt from pyproject.toml
	@$(PYTHON_ENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		$(ARGS) pyproject.toml --output-file requirements.txt
	@$(PYTHON_ENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		$(ARGS) --constraint requirements.txt --extra dev pyproject.toml --output-file requirements-dev.txt

# --- the environment -------------------------------------------------------------------------------

# A Python that is new enough and can make environments. One that is given is taken or refused.
define PICK_PYTHON
for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python); do \
	if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		break; \
	fi; \
	python=; \
done; \
if [ -z "$$python" ]; then \
	echo "Python 3.11 or newer, with its venv module, is needed and was not found$(if $(PYTHON), at $(PYTHON))." >&2; \
	echo "Install it (Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1; \
fi
endef

# Also made anew when its Python is gone or too old.
define ENSURE_VENV
if ! $(PYTHON_ENV) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	$(PICK_PYTHON); \
	echo "Making $(VENV) with $$python …"; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) || exit 1; \
fi
endef

$(RUN_STAMP):
	@$(ENSURE_VENV)
	@echo "Installing $(RUN_REQUIREMENTS) …"
	@$(PIP) install --require-hashes -r $(RUN_REQUIREMENTS)
	@rm -f $(VENV)/.run-* && touch $@

# The requirements for development include those for running.
$(DEV_STAMP):
	@$(ENSURE_VENV)
	@echo "Installing $(DEV_REQUIREMENTS) …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --require-hashes --no-deps -r requirements-spec.txt
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $(RUN_STAMP) $@

$(CATALOGUES): %.mo: %.po $(RUN_STAMP)
	@$(BABEL) compile --input-file $< --output-file $@
