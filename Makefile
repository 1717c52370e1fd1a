# make run    open the viewer (without a display: a demo under a virtual one, left in demo-output/)
# make test   the whole test suite under a virtual display
# make lint   what the code must look like
# make pictures   those of the README and the guide, anew
# make lock   newest versions of everything into the lock file
# make clean  remove what the above made
PYTHON := $(shell command -v python3.11 || command -v python3 || echo python3.11)
LOCKS  := requirements.lock requirements-torch.lock
READY  := .venv/ready
SCREEN := xvfb-run -a -s "-screen 0 1920x1080x24"
PIP    := .venv/bin/python -m pip --disable-pip-version-check

.PHONY: run test lint pictures lock clean
.DELETE_ON_ERROR:

run: $(READY)
ifeq ($(DISPLAY)$(WAYLAND_DISPLAY),)
	@echo "No display here: running a demo under a virtual one."
	@.ci/system-libraries $(PYTHON)
	@rm -rf demo-output
	$(SCREEN) .venv/bin/gfpose-viewer --demo demo-output
	@echo "Pictures and exports of it are in $(CURDIR)/demo-output:" && ls demo-output
else
	.venv/bin/gfpose-viewer
endif

test: $(READY)
	@DISPLAY= WAYLAND_DISPLAY= .ci/system-libraries $(PYTHON)
	env -u DISPLAY -u WAYLAND_DISPLAY .venv/bin/python -m pytest --numprocesses 2 --dist loadfile

lint: $(READY)
	.venv/bin/ruff check .

pictures: $(READY)
	@DISPLAY= WAYLAND_DISPLAY= .ci/system-libraries $(PYTHON)
	env -u DISPLAY -u WAYLAND_DISPLAY $(SCREEN) .venv/bin/gfpose-viewer --demo build/pictures
	cp build/pictures/2-leg-completed.png assets/viewer.png
	cp build/pictures/3-scrubbed.png assets/viewer-scrubbed.png
	cp build/pictures/guide-*.png assets/

lock: $(READY)
	.venv/bin/python .ci/lock.py

clean:
	rm -rf .venv *.egg-info .pytest_cache .ruff_cache .hypothesis demo-output
	find app gfpose_core tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): $(LOCKS) pyproject.toml .ci/system-libraries
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed for the lock file, found: $$($(PYTHON) --version 2>&1)" >&2; exit 1; }
	.ci/system-libraries $(PYTHON)
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --no-deps --only-binary :all: --require-hashes -r requirements.lock
	$(PIP) install --quiet -r requirements-torch.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(PIP) check
	touch $@
