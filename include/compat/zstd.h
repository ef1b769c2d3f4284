/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The zstd library.
 *
 * cf30f6a5f0c6 ("lib: zstd: Add kernel-specific API", 5.16) introduced the
 * lower-case functions, when zstd itself got new enough to have a version in
 * its header.  These have the same shape.
 */
#ifndef _TMEM_COMPAT_ZSTD_H
#define _TMEM_COMPAT_ZSTD_H

/* The older one defines constants in every file that includes it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include <linux/zstd.h>
#pragma GCC diagnostic pop

#ifndef ZSTD_VERSION_NUMBER

#define zstd_parameters ZSTD_parameters
#define zstd_compression_parameters ZSTD_compressionParameters

static inline zstd_parameters zstd_get_params(int level,
					      unsigned long long size)
{
	return ZSTD_getParams(level, size, 0);
}

static inline void tmem_zstd_set_min_match(zstd_parameters *params, unsigned int bytes)
{
	params->cParams.searchLength = bytes;
}

static inline size_t
zstd_cctx_workspace_bound(const zstd_compression_parameters *params)
{
	return ZSTD_CCtxWorkspaceBound(*params);
}

static inline size_t zstd_dctx_workspace_bound(void)
{
	return ZSTD_DCtxWorkspaceBound();
}

static inline ZSTD_CCtx *zstd_init_cctx(void *mem, size_t size)
{
	return ZSTD_initCCtx(mem, size);
}

static inline ZSTD_DCtx *zstd_init_dctx(void *mem, size_t size)
{
	return ZSTD_initDCtx(mem, size);
}

static inline size_t zstd_compress_cctx(ZSTD_CCtx *ctx, void *dst, size_t room,
					const void *src, size_t size,
					const zstd_parameters *params)
{
	return ZSTD_compressCCtx(ctx, dst, room, src, size, *params);
}

static inline size_t zstd_decompress_dctx(ZSTD_DCtx *ctx, void *dst,
					  size_t room, const void *src,
					  size_t size)
{
	return ZSTD_decompressDCtx(ctx, dst, room, src, size);
}

static inline unsigned int zstd_is_error(size_t code)
{
	return ZSTD_isError(code);
}

#else

/* The shortest match that the compressor looks for. */
static inline void tmem_zstd_set_min_match(zstd_parameters *params, unsigned int bytes)
{
	params->cParams.minMatch = bytes;
}

#endif

#endif /* _TMEM_COMPAT_ZSTD_H */
