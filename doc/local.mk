# SPDX-License-Identifier: MIT
#
# doc/: man pages and how-tos.
dist_man_MANS += \
	doc/rkreplay.1
dist_doc_DATA = \
	doc/logs.md \
	doc/emulated-board.md \
	doc/performance.md \
	doc/read-a-schedule.md \
	doc/triage.md \
	doc/what-is-in-a-model.md
