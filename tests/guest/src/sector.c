// SPDX-License-Identifier: GPL-2.0
/* sector.c - see sector.h */
#include "sector.h"

#include <string.h>

#define MAGIC	0x746d656d5e5ec708ull
#define WORDS	(SECTOR / 8)
#define HEAD	4			/* words before the payload */

enum kind { TEXT, ZEROS, NOISE, HALF, KINDS };

static const char line[64] =
	"static int page_of_text(struct page *page, pgoff_t index) { ... ";

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	return x;
}

/* the checksum covers the tag and, through @seed, the payload made from it */
static void head(uint64_t w[HEAD], struct tag t, uint64_t *seed)
{
	w[0] = MAGIC;
	w[1] = (uint64_t)t.file << 32 | t.sector;
	w[2] = t.version;
	*seed = mix(w[1] ^ mix(w[2]));
	w[3] = mix(*seed ^ MAGIC);
}

void sector_fill(void *buf, struct tag t)
{
	uint64_t *w = buf, seed;
	unsigned int i;

	if (!t.version) {
		memset(buf, 0, SECTOR);
		return;
	}
	head(w, t, &seed);
	switch ((t.file + t.sector / PAGE_SECTORS) % KINDS) {
	case TEXT:
		for (i = HEAD; i < WORDS; i++) {
			uint64_t v;

			memcpy(&v, line + i % 8 * 8, 8);
			w[i] = i % 8 ? v : v ^ (seed & 0x0f0f);
		}
		break;
	case ZEROS:
		memset(w + HEAD, 0, SECTOR - HEAD * 8);
		break;
	case NOISE:
	case HALF:
		for (i = HEAD; i < WORDS; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			w[i] = seed;
		}
		if ((t.file + t.sector / PAGE_SECTORS) % KINDS == HALF)
			memset(w + WORDS / 2, 0x20, SECTOR / 2);
		break;
	}
	/* the last word too, so that a sector cut short shows */
	w[WORDS - 1] = w[3];
}

bool sector_is(const void *buf, struct tag t)
{
	uint64_t want[WORDS];

	sector_fill(want, t);
	return !memcmp(buf, want, SECTOR);
}

bool sector_whose(const void *buf, struct tag *t)
{
	uint64_t w[HEAD];

	memcpy(w, buf, sizeof(w));
	*t = w[0] == MAGIC ?
		(struct tag){ w[1] >> 32, (uint32_t)w[1], (uint32_t)w[2] } :
		TAG_HOLE;
	return sector_is(buf, *t);
}
