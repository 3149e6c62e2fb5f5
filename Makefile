# Every command a developer types. `make` alone lists them.
.POSIX:
.SILENT:

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.ombud-ready
ROLE = buyer
SUBJECT = $(ROLE)-1
MARKETS =
PYTEST_ARGS =
SERVICE =
STORY =
SAMPLE = 120
WORKERS = 3
BENCH =
CONTROLS =
FAULTS =
LONG = long
KUBE =
FUZZ = 200000
# One seed for all workers of a run: they must agree on the names of tests, and a name may be made of a set.
SEEDED = PYTHONHASHSEED=$$$$
# Tests commit all the time, and a commit waits for the disk: a run keeps its data in memory where there is plenty.
ROOMY = test -w /dev/shm && awk '/MemAvailable/ { exit $$2 < 8000000 }' /proc/meminfo && df -Pk /dev/shm | awk 'END { exit $$4 < 8000000 }'
IN_MEMORY = if test -z "$$OMBUD_RUN_FOLDER" && $(ROOMY); then export OMBUD_RUN_FOLDER="/dev/shm/ombud$$(pwd | tr / -)"; fi
# Of tests that run on demand every call is checked, and no annotation asked for.
UNTYPED = arg-type dict-item func-returns-value import-untyped index misc no-untyped-call no-untyped-def var-annotated unused-ignore
SEED = 1
STEPS = 100000

help: ## List these commands
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Install everything into .venv (a second run is instant)

$(STAMP): requirements.txt constraints.txt contracts/pyproject.toml services/chassis/pyproject.toml services/detection/pyproject.toml services/files/pyproject.toml services/rulebooks/pyproject.toml services/ticketing/pyproject.toml services/messaging/pyproject.toml services/disputes/pyproject.toml services/sla-monitor/pyproject.toml services/billing/pyproject.toml deploy/local/pyproject.toml deploy/release/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make setup PYTHON=python3.12" >&2; exit 1; }
	echo "Installing into $(VENV) (a few minutes the first time)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No venv module: install your system's python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt || { echo "Installing failed: see pip's message above; 'make clean' starts over" >&2; exit 1; }
	touch $(STAMP)

demo: $(STAMP) ## Play the whole story live: from an unanswered message to a statement; STORY=locked plays one
	$(BIN)/python -m ombud_local.demo --story "$(STORY)"

quick: $(STAMP) ## The domains alone, in seconds: they need nothing but Python
	$(BIN)/python -m pytest --domains -p no:schemathesis -q services $(PYTEST_ARGS)

test: check ## All tests but those that take minutes, on real Kafka and MongoDB: make test SERVICE=billing narrows
	$(IN_MEMORY); service="$(SERVICE)"; $(SEEDED) $(BIN)/ombud-local run -- $(BIN)/python -m pytest -n $(WORKERS) $${service:+services/$$service/tests} $(PYTEST_ARGS)

check: $(STAMP) ## Lint, format, types and the dependency rule
	$(BIN)/ruff check . || { echo "Lint failed: 'make fmt' mends most of it" >&2; exit 1; }
	$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run 'make fmt'" >&2; exit 1; }
	for package in contracts services/* deploy/local deploy/release; do \
		test -d $$package/src || continue; \
		$(BIN)/mypy --strict --no-error-summary $$package/src || { echo "Types failed in $$package" >&2; exit 1; }; \
	done
	for folder in deploy/tests tests/faults tests/bench; do \
		$(BIN)/mypy --no-error-summary $(UNTYPED:%=--disable-error-code=%) $$folder/*.py || { echo "Calls failed in $$folder" >&2; exit 1; }; \
	done
	$(BIN)/bandit --quiet -ll -r contracts/src services/*/src || { echo "Bandit found an insecure call" >&2; exit 1; }
	PYTHONPATH=tests/architecture $(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log >&2; exit 1; }
	echo "check: clean"

check-deploy: $(STAMP) ## Charts, images and manifests: rendered, linted, validated (Helm comes with a wheel)
	$(SEEDED) $(BIN)/python -m pytest deploy/tests -m "deploy or not (deploy or images or kube)" -p no:schemathesis -n $(WORKERS) -v --durations=5 $(PYTEST_ARGS)

package: $(STAMP) ## What a release would push: archives of charts, names of images, in run/release
	$(BIN)/python -m ombud_release.package run/release

images: $(STAMP) ## An image of each service, with Docker or else buildah: SERVICE=billing narrows
	$(BIN)/python -m ombud_release.images $(SERVICE)

test-images: images ## Build the images, and play a case through them, hardened as in a cluster
	$(BIN)/python -m pytest deploy/tests/test_images.py -m images -p no:schemathesis -v $(PYTEST_ARGS)

pictures: $(STAMP) ## Draw the dashboards into docs, as Prometheus answers them in a real run
	PYTHONPATH=tests/observability $(BIN)/ombud-local run -- $(BIN)/python tests/observability/pictures.py

kube: $(STAMP) ## The charts on a real control plane with real KEDA, built from Go modules: KUBE="rollback" narrows
	command -v go > /dev/null || { echo "Go 1.26 or newer is needed: a control plane is built from its modules" >&2; exit 1; }
	mkdir -p run
	$(BIN)/python -m ombud_local.kubernetes.programs
	$(BIN)/python -m pytest deploy/tests/test_control_plane.py deploy/tests/test_autoscaling.py -m kube -k "$(KUBE)" -p no:schemathesis -v --junit-xml=run/kube.xml $(PYTEST_ARGS); ended=$$?; \
		$(BIN)/python tests/faults/keep_results.py run/kube.xml deploy/local/kubernetes/README.md; exit $$ended

fmt: $(STAMP) ## Format and mend what lint can mend
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

fuzz: $(STAMP) ## Fuzz the reader of records: make fuzz FUZZ=1000000
	$(BIN)/python tests/security/fuzz_reading.py -atheris_runs=$(FUZZ) -rss_limit_mb=4000

simulate: $(STAMP) ## All five services in one process, under faults: make simulate SEED=7 STEPS=1000000
	$(BIN)/python tests/simulation/simulation.py --seed $(SEED) --steps $(STEPS)

adversary: $(STAMP) ## People try for money that is not theirs: make adversary SEED=7 STEPS=1000000
	$(BIN)/python tests/simulation/adversary.py --seed $(SEED) --steps $(STEPS) --keep

faults: $(STAMP) ## The tests that take minutes, faults above all: FAULTS="F26 or issuer" narrows
	mkdir -p run
	export $(SEEDED); long() { $(BIN)/ombud-local run -- $(BIN)/python -m pytest -m "$(LONG)" "$$@"; }; keep="$(BIN)/python tests/faults/keep_results.py"; \
		if long -n 2 -k "$(FAULTS)" --junit-xml=run/faults.xml; then $$keep run/faults.xml; exit; fi; $$keep run/faults.xml; \
		echo "What failed is run once more, alone; the results say so"; \
		long --last-failed --last-failed-no-failures=none --junit-xml=run/faults-again.xml; ended=$$?; \
		$$keep run/faults-again.xml; exit $$ended

controls: $(STAMP) ## Take each mechanism out in turn; its tests must turn red
	$(BIN)/ombud-local run -- $(BIN)/python tests/controls/run_controls.py $(CONTROLS)

mutants: $(STAMP) ## Change domains in small ways; their tests must notice: SERVICE=billing SAMPLE=400, or REFUSALS=1
	$(BIN)/ombud-local run -- $(BIN)/python tests/mutants/run_mutants.py --sample $(SAMPLE) $(if $(REFUSALS),--refusals) $(SERVICE)

bench: $(STAMP) ## Measure, as ratios within one run
	$(BIN)/ombud-local run -- $(BIN)/python tests/bench/run_all.py $(BENCH)

up: $(STAMP) ## Start everything in the background and print where it is
	$(BIN)/ombud-local up

down: $(STAMP) ## Stop what `make up` started
	$(BIN)/ombud-local down

status: $(STAMP) ## Say what runs and where
	$(BIN)/ombud-local status

logs: $(STAMP) ## The last lines of every service
	$(BIN)/ombud-local logs

token: $(STAMP) ## An access token: make token ROLE=seller SUBJECT=sel_1 MARKETS=lv,pt
	$(BIN)/ombud-local token --role "$(ROLE)" --subject "$(SUBJECT)" --markets "$(MARKETS)"

docs: $(STAMP) ## Write the generated documents anew
	$(BIN)/python -m ombud_contracts.generate
	$(BIN)/python -m ombud_contracts.strimzi
	$(BIN)/python -m chassis.documents
	$(BIN)/python -m sla_monitor.explaining.documents
	$(BIN)/python tests/docs/rules_document.py
	$(BIN)/python tests/docs/rooms_document.py
	$(BIN)/python tests/docs/states_document.py
	$(BIN)/python tests/docs/access_document.py
	$(BIN)/python -m ombud_release.chart_files
	$(BIN)/python -m ombud_release.kustomize_base
	$(BIN)/python -m ombud_release.licences
	$(BIN)/python tests/docs/metrics_document.py
	$(BIN)/python deploy/observability/dashboards.py

clean: ## Remove .venv, caches and run folders (not the shared cache of Kafka's jars)
	test ! -f run/state.json || { echo "Something is up: run 'make down' first" >&2; exit 1; }
	rm -rf $(VENV) run .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup demo quick test check check-deploy package images test-images pictures kube fmt fuzz faults controls mutants simulate adversary bench up down status logs token docs clean
