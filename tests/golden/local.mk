# SPDX-License-Identifier: MIT
#
# tests/golden/: what a reader finds in the log excerpts, one file per excerpt.

EXTRA_DIST += \
	tests/golden/README \
	tests/golden/dmesg/001.txt tests/golden/dmesg/003.txt tests/golden/dmesg/004.txt \
	tests/golden/dmesg/005.txt tests/golden/dmesg/007.txt tests/golden/dmesg/008.txt \
	tests/golden/dmesg/009.txt tests/golden/dmesg/010.txt tests/golden/dmesg/011.txt \
	tests/golden/dmesg/012.txt tests/golden/dmesg/013.txt tests/golden/dmesg/015.txt \
	tests/golden/dmesg/016.txt tests/golden/dmesg/017.txt tests/golden/dmesg/019.txt \
	tests/golden/dmesg/020.txt tests/golden/dmesg/021.txt tests/golden/dmesg/023.txt \
	tests/golden/dmesg/024.txt tests/golden/dmesg/025.txt tests/golden/dmesg/027.txt \
	tests/golden/dmesg/028.txt tests/golden/dmesg/029.txt tests/golden/dmesg/031.txt \
	tests/golden/dmesg/032.txt tests/golden/dmesg/033.txt tests/golden/dmesg/034.txt \
	tests/golden/dmesg/035.txt tests/golden/dmesg/036.txt tests/golden/dmesg/037.txt \
	tests/golden/dmesg/039.txt tests/golden/dmesg/040.txt tests/golden/dmesg/041.txt \
	tests/golden/dmesg/043.txt tests/golden/dmesg/044.txt tests/golden/dmesg/045.txt \
	tests/golden/dmesg/047.txt tests/golden/dmesg/048.txt tests/golden/dmesg/049.txt \
	tests/golden/dmesg/051.txt tests/golden/dmesg/052.txt tests/golden/dmesg/053.txt \
	tests/golden/dmesg/055.txt tests/golden/dmesg/056.txt tests/golden/dmesg/057.txt \
	tests/golden/dmesg/058.txt tests/golden/dmesg/059.txt tests/golden/dmesg/060.txt \
	tests/golden/dmesg/061.txt tests/golden/dmesg/063.txt tests/golden/dmesg/064.txt \
	tests/golden/dmesg/065.txt tests/golden/dmesg/066.txt tests/golden/dmesg/067.txt \
	tests/golden/dmesg/068.txt tests/golden/dmesg/069.txt tests/golden/dmesg/071.txt \
	tests/golden/dmesg/072.txt tests/golden/dmesg/073.txt tests/golden/dmesg/074.txt \
	tests/golden/dmesg/075.txt tests/golden/dmesg/076.txt tests/golden/dmesg/077.txt \
	tests/golden/dmesg/079.txt tests/golden/dmesg/080.txt tests/golden/dmesg/081.txt \
	tests/golden/dmesg/082.txt tests/golden/dmesg/083.txt tests/golden/dmesg/084.txt \
	tests/golden/dmesg/085.txt tests/golden/dmesg/087.txt tests/golden/dmesg/088.txt \
	tests/golden/dmesg/089.txt tests/golden/dmesg/090.txt tests/golden/dmesg/091.txt \
	tests/golden/dmesg/092.txt tests/golden/dmesg/093.txt tests/golden/dmesg/095.txt \
	tests/golden/dmesg/096.txt tests/golden/dmesg/097.txt tests/golden/dmesg/098.txt \
	tests/golden/dmesg/099.txt tests/golden/dmesg/100.txt tests/golden/dmesg/101.txt

# What triage must make of logs: a folder each.
EXTRA_DIST += \
	tests/golden/triage/README \
	tests/golden/triage/chain-overrun/README tests/golden/triage/chain-overrun/log \
	tests/golden/triage/chain-overrun/verdict \
	tests/golden/triage/clean/README tests/golden/triage/clean/log \
	tests/golden/triage/clean/verdict \
	tests/golden/triage/dma-error/README tests/golden/triage/dma-error/log \
	tests/golden/triage/dma-error/verdict \
	tests/golden/triage/early-completion/README tests/golden/triage/early-completion/log \
	tests/golden/triage/early-completion/verdict \
	tests/golden/triage/five-lines/README tests/golden/triage/five-lines/log \
	tests/golden/triage/five-lines/verdict \
	tests/golden/triage/invalid-irq/README tests/golden/triage/invalid-irq/log \
	tests/golden/triage/invalid-irq/verdict \
	tests/golden/triage/iova-exhausted/README tests/golden/triage/iova-exhausted/log \
	tests/golden/triage/iova-exhausted/verdict \
	tests/golden/triage/late-irq/README tests/golden/triage/late-irq/log \
	tests/golden/triage/late-irq/verdict \
	tests/golden/triage/missed-kick/README tests/golden/triage/missed-kick/log \
	tests/golden/triage/missed-kick/verdict \
	tests/golden/triage/other-driver/README tests/golden/triage/other-driver/log \
	tests/golden/triage/other-driver/verdict \
	tests/golden/triage/pollute/README tests/golden/triage/pollute/log \
	tests/golden/triage/pollute/verdict \
	tests/golden/triage/power-loss/README tests/golden/triage/power-loss/log \
	tests/golden/triage/power-loss/verdict \
	tests/golden/triage/reset-failure/README tests/golden/triage/reset-failure/log \
	tests/golden/triage/reset-failure/verdict \
	tests/golden/triage/stuck-group/README tests/golden/triage/stuck-group/log \
	tests/golden/triage/stuck-group/verdict \
	tests/golden/triage/wedged-core/README tests/golden/triage/wedged-core/log \
	tests/golden/triage/wedged-core/verdict \
	tests/golden/triage/weight-reuse/README tests/golden/triage/weight-reuse/log \
	tests/golden/triage/weight-reuse/verdict
