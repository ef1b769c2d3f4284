/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sector.h - sectors that say whose they are
 *
 * Every 512-byte sector a test writes is a pure function of its tag: which
 * file, which sector of it, which version.  So a reader who knows what it
 * should find compares every byte, and one who does not (a racing reader)
 * still learns what it found, and whether the sector is whole.
 *
 * A hole is a tag too: version 0, all bytes zero.
 *
 * What follows the tag is text, zeros, noise or half of each, by page, so that
 * a compressed store sees pages it can squeeze and pages it must refuse.
 */
#ifndef SECTOR_H
#define SECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include "guest.h"

#define SECTOR		512u
#define PAGE_SECTORS	(PAGE / SECTOR)

struct tag {
	uint32_t file;
	uint32_t sector;
	uint32_t version;
};

#define TAG_HOLE ((struct tag){ 0, 0, 0 })

void sector_fill(void *buf, struct tag t);
/* all bytes are what sector_fill() writes for @t */
bool sector_is(const void *buf, struct tag t);
/* false: not the work of sector_fill(), so torn or foreign */
bool sector_whose(const void *buf, struct tag *t);

#endif /* SECTOR_H */
