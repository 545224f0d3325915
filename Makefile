# The commands of this project. `make demo` and `make test` set up everything they need in .venv.

PYTHON ?= python3
WAV ?=
OUT ?= demo_out
TESTS ?= test

VENV_PYTHON := .venv/bin/python

# One torch thread a process: two that spin for each other on shared cores are slower than one.
export OMP_NUM_THREADS ?= 1

.PHONY: help setup demo test lint bench-tools bench-latency bench-ear bench-echo bench-resample clean

help:
	@echo 'make demo            a visitor talks with the robot; results in $(OUT)/'
	@echo 'make demo WAV=file   the same with your own recording'
	@echo 'make test            all tests (TESTS=test/audio for some)'
	@echo 'make lint            ruff and mypy'
	@echo 'make bench-tools     10 000 generated transcripts against config/tools.yaml'
	@echo 'make bench-latency   an engine stalled, slowed, killed; interrupts at the loudspeaker (5 minutes)'
	@echo 'make bench-echo      does the robot hear itself? a table, room by room (6 minutes)'
	@echo 'make bench-ear       spoken commands to actions, five synthetic voices (flite, espeak-ng)'
	@echo 'make bench-resample  delay and stop band of sample-rate conversion in the live path'
	@echo 'make clean           remove .venv, build/ and demo_out/'

setup:
	@$(PYTHON) scripts/setup_env.py

demo: setup
	@$(VENV_PYTHON) demo/run.py --out '$(OUT)' $(if $(WAV),'$(WAV)')

test: setup
	@$(VENV_PYTHON) -m pytest $(TESTS)

lint: setup
	@test -x build/lint/bin/ruff || $(VENV_PYTHON) -m pip install -q --target build/lint -r requirements/lint.txt
	@build/lint/bin/ruff check .
	@build/lint/bin/ruff format --check .
	@PYTHONPATH=build/lint $(VENV_PYTHON) -m mypy

bench-tools: setup
	@$(VENV_PYTHON) -m bench.tools --json bench/results/tools.json

bench-latency: setup
	@$(VENV_PYTHON) -m bench.latency

bench-echo: setup
	@$(VENV_PYTHON) -m bench.echo

bench-ear: setup
	@$(VENV_PYTHON) -m bench.ear

bench-resample: setup
	@$(VENV_PYTHON) -m bench.resample

clean:
	rm -rf .venv build demo_out
