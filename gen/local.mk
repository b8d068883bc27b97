# SPDX-License-Identifier: MIT
#
# gen/: shape to run. Uses the public interface of lib/ alone; whoever links
# it links lib/ too.
noinst_LTLIBRARIES += gen/librkg.la
gen_librkg_la_SOURCES =
