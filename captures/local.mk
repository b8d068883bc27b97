# SPDX-License-Identifier: MIT
#
# captures/: the project's own recorded runs, and the facts that pin real ones.
EXTRA_DIST +=
