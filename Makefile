# Skipwright. Everything runs in .venv, which is made on first use with the exact versions of
# .ci/constraints.txt. `make PYTHON=...` chooses the Python, `make test ARGS=...` adds to pytest's.

bin := .venv/bin
# A window needs a display server on Linux only.
no_display := $(if $(filter Linux,$(shell uname -s)),$(if $(DISPLAY)$(WAYLAND_DISPLAY),,yes))
bench_modules := $(basename $(notdir $(shell grep -l __main__ tests/bench/*.py 2>/dev/null)))

export PYTHON

.PHONY: help run test lint bench shots wheel
help:
	@echo "make run    open the window (without a display: train the example here)"
	@echo "make test   run the tests          make bench  print the measurements"
	@echo "make lint   check style and types  make shots  take the screenshots anew"
	@echo "make wheel  build the wheel into dist/"

.venv/complete: pyproject.toml .ci/constraints.txt
	@.ci/system-packages core
	@.ci/make-venv

ifeq ($(no_display),yes)
run: .venv/complete
	@echo "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
	@folder=$$(mktemp -d) && \
	echo "Training the example instead; its run goes to $$folder/run." && \
	$(bin)/skipwright new resnet20-digits -o $$folder/resnet20-digits.skw && \
	$(bin)/skipwright train $$folder/resnet20-digits.skw --run-dir $$folder/run
else
run: .venv/complete
	@.ci/system-packages window
	$(bin)/skipwright
endif

test: .venv/complete
	@.ci/system-packages test
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(bin)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: .venv/complete
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy

bench: .venv/complete
	@.ci/system-packages window
	@set -e; for module in $(bench_modules); do \
	    QT_QPA_PLATFORM=offscreen $(bin)/python -m tests.bench.$$module; \
	done

shots: .venv/complete
	@.ci/system-packages test
	xvfb-run -a -s "-screen 0 1920x1200x24" $(bin)/python -m tests.shots

wheel: .venv/complete
	$(bin)/python -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
