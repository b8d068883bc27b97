/* SPDX-License-Identifier: MIT */
#ifndef PARSE_LINES_H
#define PARSE_LINES_H

/* Rows that the tests of lines are made of. */

#define RKNN "D RKNN: [13:37:36.655] "
#define BO                                                                                                   \
	RKNN "allocated memory, name: task, virt addr: 0x7f00, dma addr: 0xb0, obj addr: 0xa0, size: 560, " \
	     "aligned size: 4096, fd: 4, handle: 1, flags: 0x40b, gem name: 1, iommu domain id: 0"
#define SYNC "MEM_SYNC flags=0x00000002 obj=0xa0 offset=0 size=64"
#define SYNC_RET "IOCTL_RET #37 MEM_SYNC flags=0x00000002 ret=0"

#endif
