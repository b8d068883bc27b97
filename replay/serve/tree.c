/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "serve-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "replay/tempdir.h"

/*
 * What programs look at to find the board. Names and contents are those that
 * the kernel makes for a platform device with two DRM minors [source]; the
 * device's own name is in boot logs [captured]. What no client was seen to
 * look at is left out.
 */

#define NPU "/sys/devices/platform/fdab0000.npu"

/* A directory has neither text nor target. */
static const struct entry {
	const char *path;
	const char *text;   /* of a file */
	const char *target; /* of a link */
} entries[] = {
	{ "/dev", NULL, NULL },
	{ "/dev/dri", NULL, NULL },
	{ RKE_WIRE_CARD, "", NULL },
	{ RKE_WIRE_RENDER, "", NULL },
	{ "/dev/dri/by-path", NULL, NULL },
	{ "/dev/dri/by-path/platform-fdab0000.npu-card", NULL, "../card1" },
	{ "/dev/dri/by-path/platform-fdab0000.npu-render", NULL, "../renderD129" },
	{ RKE_WIRE_KMSG, "", NULL },
	{ "/sys", NULL, NULL },
	{ "/sys/bus", NULL, NULL },
	{ "/sys/bus/platform", NULL, NULL },
	{ "/sys/bus/platform/drivers", NULL, NULL },
	{ "/sys/bus/platform/drivers/RKNPU", NULL, NULL },
	{ "/sys/bus/platform/drivers/RKNPU/fdab0000.npu", NULL, "../../../../devices/platform/fdab0000.npu" },
	{ "/sys/devices", NULL, NULL },
	{ "/sys/devices/platform", NULL, NULL },
	{ NPU, NULL, NULL },
	{ NPU "/subsystem", NULL, "../../../bus/platform" },
	{ NPU "/driver", NULL, "../../../bus/platform/drivers/RKNPU" },
	{ NPU "/uevent",
	  "DRIVER=RKNPU\nOF_NAME=npu\nOF_FULLNAME=/npu@fdab0000\n"
	  "OF_COMPATIBLE_0=rockchip,rk3588-rknpu\nOF_COMPATIBLE_N=1\n",
	  NULL },
	{ NPU "/power", NULL, NULL },
	{ NPU "/power/control", "auto\n", NULL }, /* [captured] */
	{ NPU "/drm", NULL, NULL },
	{ NPU "/drm/card1", NULL, NULL },
	{ NPU "/drm/card1/dev", "226:1\n", NULL },
	{ NPU "/drm/card1/device", NULL, "../../../fdab0000.npu" },
	{ NPU "/drm/card1/subsystem", NULL, "../../../../../class/drm" },
	{ NPU "/drm/card1/uevent", "MAJOR=226\nMINOR=1\nDEVNAME=dri/card1\nDEVTYPE=drm_minor\n", NULL },
	{ NPU "/drm/renderD129", NULL, NULL },
	{ NPU "/drm/renderD129/dev", "226:129\n", NULL },
	{ NPU "/drm/renderD129/device", NULL, "../../../fdab0000.npu" },
	{ NPU "/drm/renderD129/subsystem", NULL, "../../../../../class/drm" },
	{ NPU "/drm/renderD129/uevent", "MAJOR=226\nMINOR=129\nDEVNAME=dri/renderD129\nDEVTYPE=drm_minor\n",
	  NULL },
	{ "/sys/class", NULL, NULL },
	{ "/sys/class/drm", NULL, NULL },
	{ "/sys/class/drm/card1", NULL, "../../devices/platform/fdab0000.npu/drm/card1" },
	{ "/sys/class/drm/renderD129", NULL, "../../devices/platform/fdab0000.npu/drm/renderD129" },
	{ "/sys/class/drm/version", "drm 1.1.0 20060810\n", NULL },
	{ "/sys/dev", NULL, NULL },
	{ "/sys/dev/char", NULL, NULL },
	{ "/sys/dev/char/226:1", NULL, "../../devices/platform/fdab0000.npu/drm/card1" },
	{ "/sys/dev/char/226:129", NULL, "../../devices/platform/fdab0000.npu/drm/renderD129" },
};

/* The name of a socket below it is short, and so must this be. */
#define DIR_MAX 88

static int
make_file(const char *path, const char *text)
{
	/* A node may be written to, and is not looked at; the rest is for reading. */
	_autoclose_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, text[0] ? 0444 : 0660);
	size_t n = strlen(text);

	if (fd < 0)
		return -errno;
	return write(fd, text, n) == (ssize_t)n ? 0 : -EIO;
}

static int
make_entry(const char *dir, const struct entry *e)
{
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s%s", dir, e->path) < 0)
		return -ENOMEM;
	if (e->text)
		return make_file(path, e->text);
	if ((e->target ? symlink(e->target, path) : mkdir(path, 0700)) < 0)
		return -errno;
	return 0;
}

int
rke_tree_make(char **ret_dir)
{
	char *dir = NULL;
	int r = rkx_tempdir_make(DIR_MAX, &dir);

	for (size_t i = 0; i < RKR_ARRAY_LEN(entries) && r == 0; i++)
		r = make_entry(dir, &entries[i]);
	if (r < 0) {
		if (dir)
			rkx_tempdir_remove(dir);
		free(dir);
		return r;
	}
	*ret_dir = dir;
	return 0;
}
