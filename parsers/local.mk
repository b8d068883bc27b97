# SPDX-License-Identifier: MIT
#
# parsers/: logs to records and back. Uses the public interface of lib/ alone;
# whoever links it links lib/ too.
noinst_LTLIBRARIES += parsers/librkp.la
parsers_librkp_la_SOURCES =
parsers_librkp_la_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS)
