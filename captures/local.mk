# SPDX-License-Identifier: MIT
#
# captures/: recorded runs of our own, and facts that pin real ones.
EXTRA_DIST += captures/README.md captures/facts.yaml captures/networks.yaml captures/schedules.yaml

# Which shapes are trusted. The command has it built in, as a C string.
EXTRA_DIST += captures/promoted.yaml
captures/promoted-yaml.h: captures/promoted.yaml
	$(AM_V_GEN)$(MKDIR_P) captures && { \
	echo '#define PROMOTED_YAML \'; \
	sed -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$$/\\n" \\/' $(srcdir)/captures/promoted.yaml; \
	echo '""'; } >$@.tmp && mv $@.tmp $@
tools/verify-promote.$(OBJEXT): captures/promoted-yaml.h
BUILT_SOURCES += captures/promoted-yaml.h
CLEANFILES += captures/promoted-yaml.h
