// What Swift cannot say of the processor: which instructions it has, and shuffles and bfloat16 instructions of AVX-512.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef float csimd_float8 __attribute__((vector_size(32)));

typedef float csimd_float16 __attribute__((vector_size(64)));

/// `a * b + c`, rounded once.
static inline __attribute__((always_inline)) csimd_float16 csimd_fused_multiply_add(csimd_float16 a, csimd_float16 b, csimd_float16 c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// `a * b + c`, rounded once.
static inline __attribute__((always_inline)) csimd_float8 csimd_fused_multiply_add_8(csimd_float8 a, csimd_float8 b, csimd_float8 c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// The square root of each lane.
static inline __attribute__((always_inline)) csimd_float8 csimd_square_roots(csimd_float8 values) { return __builtin_elementwise_sqrt(values); }

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/// Whether the processor has AVX-512 F, BW, DQ and VL and the operating system keeps the 512-bit registers.
static inline bool csimd_has_avx512(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return false;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 0xe6) != 0xe6) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const uint32_t wanted = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);
    return (b & wanted) == wanted;
}

/// Whether there are products of bfloat16 pairs and of bytes (VNNI) beside AVX-512.
static inline bool csimd_has_avx512_bf16(void) {
    uint32_t a, b, c, d;
    if (!csimd_has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || a < 1 || !(c & (1u << 11))) return false;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));
}

/// Whether AVX2 and FMA are there and the operating system keeps the 256-bit registers.
static inline bool csimd_has_avx2_fma(void) {
    uint32_t a, b, c, d;
    const uint32_t wanted = (1u << 27) | (1u << 12);
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & wanted) != wanted) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 5));
}

/// Whether Intel made the processor.
static inline bool csimd_is_intel(void) {
    uint32_t a, b, c, d;
    return __get_cpuid(0, &a, &b, &c, &d) && b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx;
}

/// Asks for the cache line at `address`, to be written.
static inline void csimd_prefetch_for_writing(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Asks for the cache line at `address`, to be read.
static inline void csimd_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#if defined(__AVX2__)
/// Eight lanes of which the first `count` are set.
static inline __m256i csimd_first_lanes_8(ptrdiff_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/// `target[column][row] = source[row][column]` for 8 rows, of which `rows` exist and the others count as zero, and the first
/// `columns` columns; strides in elements.
static inline void csimd_transpose_8x8(const float *source, ptrdiff_t source_stride, int rows, int columns,
                                       float *target, ptrdiff_t target_stride) {
    __m256 r[8], t[8];
    const __m256i mask = csimd_first_lanes_8(columns);
    for (int i = 0; i < 8; i++) {
        r[i] = i >= rows ? _mm256_setzero_ps()
            : columns >= 8 ? _mm256_loadu_ps(source + i * source_stride) : _mm256_maskload_ps(source + i * source_stride, mask);
    }
    // Pairs of rows, then of pairs: after this r holds 4 x 4 blocks transposed within each 128 bits.
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    // Then the blocks change places.
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    for (int i = 0; i < 8; i++) if (i < columns) _mm256_storeu_ps(target + i * target_stride, t[i]);
}

/// Adds the products of two neighbouring int16 to each of eight int32 sums.
static inline __m256i csimd_dot_s16(__m256i sums, __m256i a, __m256i b) { return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b)); }

/// Sixteen signed bytes as int16.
static inline __m256i csimd_words_of_bytes(const void *bytes) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)bytes)); }

/// Two neighbouring int16, eight times.
static inline __m256i csimd_repeated_pair(const void *pair) {
    int32_t bits;
    __builtin_memcpy(&bits, pair, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/// `sums * scales`, sums of int32.
static inline __m256 csimd_scaled_8(__m256i sums, __m256 scales) { return _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scales); }

/// Sixteen values rounded to whole numbers from -128 to 127, as int16; -128 for what is no number.
static inline __m256i csimd_bytes_in_words(__m256 low, __m256 high) {
    // Packing works within each 128 bits.
    const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(low), _mm256_cvtps_epi32(high));
    return _mm256_max_epi16(_mm256_permute4x64_epi64(words, 0xd8), _mm256_set1_epi16(-128));
}
#endif

#if defined(__AVX512F__)
/// `value * 2^n`, lane by lane.
static inline __m512 csimd_scale_by_power_of_two(__m512 value, __m512 n) { return _mm512_scalef_ps(value, n); }

/// The first `count` lanes, from 0 to 16.
static inline __mmask16 csimd_first_lanes(ptrdiff_t count) { return (__mmask16)((1u << count) - 1); }

/// Reads the first `count` of sixteen floats, the rest zero.
static inline __m512 csimd_load_lanes(const float *source, ptrdiff_t count) {
    return _mm512_maskz_loadu_ps(csimd_first_lanes(count), source);
}

/// Writes the first `count` of sixteen floats.
static inline void csimd_store_lanes(float *target, __m512 values, ptrdiff_t count) {
    _mm512_mask_storeu_ps(target, csimd_first_lanes(count), values);
}

/// The lesser of each two lanes; `a` where one is NaN.
static inline __m512 csimd_lesser(__m512 a, __m512 b) { return _mm512_min_ps(b, a); }

/// The greater of each two lanes; `a` where one is NaN.
static inline __m512 csimd_greater(__m512 a, __m512 b) { return _mm512_max_ps(b, a); }

/// Magnitudes.
static inline __m512 csimd_magnitudes(__m512 values) { return _mm512_abs_ps(values); }

/// The lanes of `a` where `signs` is below zero, those of `b` elsewhere.
static inline __m512 csimd_where_negative(__m512 signs, __m512 a, __m512 b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(signs, _mm512_setzero_ps(), _CMP_LT_OQ), b, a);
}

/// `1 / values` to within 2e-7 of itself, for normal numbers: one step of Newton's method after the processor's estimate.
static inline __m512 csimd_reciprocals(__m512 values) {
    const __m512 estimate = _mm512_rcp14_ps(values);
    return _mm512_fmadd_ps(estimate, _mm512_fnmadd_ps(values, estimate, _mm512_set1_ps(1)), estimate);
}

/// `e^x` to within 7.5e-5 of itself, lane by lane, for what is rounded to bfloat16 next; 0 below -138, NaN for NaN. `x = n ln 2 + f ln 2`
/// with whole `n` and `f` from 0 to 1, and a cubic for `2^f` with the smallest largest relative error.
static inline __m512 csimd_coarse_exp(__m512 x) {
    // The second operand is what comes of a NaN.
    const __m512 power = _mm512_max_ps(_mm512_set1_ps(-200), _mm512_mul_ps(x, _mm512_set1_ps(1.442695041f)));
    const __m512 f = _mm512_reduce_ps(power, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    __m512 sum = _mm512_fmadd_ps(f, _mm512_set1_ps(0.07802452f), _mm512_set1_ps(0.22606716f));
    sum = _mm512_fmadd_ps(f, sum, _mm512_set1_ps(0.69583354f));
    sum = _mm512_fmadd_ps(f, sum, _mm512_set1_ps(0.99992522f));
    return _mm512_scalef_ps(sum, power);
}

/// `target[column][row] = source[row][column]` for 16 rows, of which `rows` exist and the others count as zero, and the first
/// `columns` columns; strides in elements.
static inline void csimd_transpose_16x16(const float *source, ptrdiff_t source_stride, int rows, int columns,
                                         float *target, ptrdiff_t target_stride) {
    __m512 r[16], t[16];
    const __mmask16 mask = columns >= 16 ? 0xffff : (__mmask16)((1u << columns) - 1);
    for (int i = 0; i < 16; i++) r[i] = i < rows ? _mm512_maskz_loadu_ps(mask, source + i * source_stride) : _mm512_setzero_ps();
    // Pairs of rows, then of pairs: after this t holds 4 x 4 blocks transposed within each 128 bits.
    for (int i = 0; i < 16; i += 4) {
        const __m512d low01 = (__m512d)_mm512_unpacklo_ps(r[i], r[i + 1]), high01 = (__m512d)_mm512_unpackhi_ps(r[i], r[i + 1]);
        const __m512d low23 = (__m512d)_mm512_unpacklo_ps(r[i + 2], r[i + 3]), high23 = (__m512d)_mm512_unpackhi_ps(r[i + 2], r[i + 3]);
        t[i] = (__m512)_mm512_unpacklo_pd(low01, low23);
        t[i + 1] = (__m512)_mm512_unpackhi_pd(low01, low23);
        t[i + 2] = (__m512)_mm512_unpacklo_pd(high01, high23);
        t[i + 3] = (__m512)_mm512_unpackhi_pd(high01, high23);
    }
    // Then the blocks change places.
    for (int i = 0; i < 4; i++) {
        const __m512 even01 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88), odd01 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
        const __m512 even23 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88), odd23 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
        r[i] = _mm512_shuffle_f32x4(even01, even23, 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(even01, even23, 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(odd01, odd23, 0xdd);
    }
    for (int i = 0; i < 16; i++) if (i < columns) _mm512_storeu_ps(target + i * target_stride, r[i]);
}
#endif

#if defined(__AVX512VNNI__)
/// Adds the products of four neighbouring bytes, unsigned and signed, to each of sixteen int32 sums.
static inline __m512i csimd_dot_u8_s8(__m512i sums, __m512i unsigned_bytes, __m512i signed_bytes) {
    return _mm512_dpbusd_epi32(sums, unsigned_bytes, signed_bytes);
}

/// `(sums - corrections) * scales`, sums of int32.
static inline __m512 csimd_rescale(__m512i sums, __m512i corrections, __m512 scales) {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(sums, corrections)), scales);
}

/// `sums * scales`, sums of int32.
static inline __m512 csimd_scale(__m512i sums, __m512 scales) { return _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scales); }

/// Sixteen values rounded to whole numbers (from -128 to 127) plus 128, as unsigned bytes.
static inline __m128i csimd_shifted_bytes(__m512 values) {
    return _mm512_cvtepi32_epi8(_mm512_add_epi32(_mm512_cvtps_epi32(values), _mm512_set1_epi32(128)));
}

/// The order in which bytes come out when two steps of packing have worked within each 128 bits, made that of the operands.
static inline __m512i csimd_packed_order(__m512i bytes) {
    return _mm512_permutexvar_epi32(_mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0), bytes);
}

/// The same for four times sixteen values.
static inline __m512i csimd_shifted_bytes_64(__m512 a, __m512 b, __m512 c, __m512 d) {
    const __m512i low = _mm512_packs_epi32(_mm512_cvtps_epi32(a), _mm512_cvtps_epi32(b));
    const __m512i high = _mm512_packs_epi32(_mm512_cvtps_epi32(c), _mm512_cvtps_epi32(d));
    return _mm512_xor_si512(csimd_packed_order(_mm512_packs_epi16(low, high)), _mm512_set1_epi8((char)0x80));
}

/// `(a[i], b[i], c[i], d[i])` for sixteen `i`, rounded to whole numbers from -128 to 127, as signed bytes.
static inline __m512i csimd_quads_of_bytes(__m512 a, __m512 b, __m512 c, __m512 d) {
    const __m512i low = _mm512_packs_epi32(_mm512_cvtps_epi32(a), _mm512_cvtps_epi32(b));
    const __m512i high = _mm512_packs_epi32(_mm512_cvtps_epi32(c), _mm512_cvtps_epi32(d));
    const __m512i order = _mm512_broadcast_i32x4(_mm_set_epi8(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0));
    return _mm512_shuffle_epi8(_mm512_packs_epi16(low, high), order);
}

/// The part of each lane after the point, from 0 to 1.
static inline __m512 csimd_fractions(__m512 values) { return _mm512_reduce_ps(values, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }

/// `255 * 2^power + offsets` without what is after the point, for powers up to 0 and offsets from 0 to 1; a power of minus infinity counts
/// as 0. The parabola for the part of the power after the point is within 0.0018 of its value.
static inline __m512i csimd_weights_of_255(__m512 power, __m512 offsets) {
    const __m512 f = csimd_fractions(power);
    __m512 sum = _mm512_fmadd_ps(f, _mm512_set1_ps(85.983163f), _mm512_set1_ps(167.697392f));
    sum = _mm512_fmadd_ps(f, sum, _mm512_set1_ps(255.439789f));
    return _mm512_cvttps_epi32(_mm512_add_ps(_mm512_scalef_ps(sum, power), offsets));
}

/// Four times sixteen whole numbers as unsigned bytes, the nearest where they are out of range.
static inline __m512i csimd_unsigned_bytes(__m512i a, __m512i b, __m512i c, __m512i d) {
    return csimd_packed_order(_mm512_packus_epi16(_mm512_packus_epi32(a, b), _mm512_packus_epi32(c, d)));
}
#endif

#if defined(__AVX512BF16__)
/// `sum[i] + a[2i] b[2i] + a[2i+1] b[2i+1]` for sixteen lanes; `a` and `b` hold 32 bfloat16 values.
static inline __m512 csimd_dot_bf16(__m512 sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

/// `(first[i], second[i])` for sixteen `i`, rounded to nearest even.
static inline __m512i csimd_pair_bf16(__m512 first, __m512 second) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
                                           23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

/// `(first[i], second[i])` for sixteen `i` that are bfloat16 values already.
static inline __m512i csimd_pair_bits(__m256i first, __m256i second) {
    return _mm512_or_si512(_mm512_cvtepu16_epi32(first), _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16));
}

/// `low` then `high`, rounded to nearest even.
static inline __m512i csimd_round_bf16(__m512 low, __m512 high) {
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/// Reads the first `count` of sixteen bfloat16 values, the rest zero.
static inline __m256i csimd_load_bf16_lanes(const uint16_t *source, ptrdiff_t count) {
    return _mm256_maskz_loadu_epi16(csimd_first_lanes(count), source);
}

/// Writes the first `count` of sixteen values, rounded to nearest even.
static inline void csimd_store_bf16_lanes(uint16_t *target, __m512 values, ptrdiff_t count) {
    _mm256_mask_storeu_epi16(target, csimd_first_lanes(count), (__m256i)_mm512_cvtneps_pbh(values));
}

/// Sixteen values, rounded to nearest even.
static inline __m256i csimd_round_bf16_16(__m512 values) { return (__m256i)_mm512_cvtneps_pbh(values); }

/// Sixteen bfloat16 values as float32.
static inline __m512 csimd_widen_bf16(__m256i values) {
    return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16);
}

#endif

#else
static inline bool csimd_has_avx512(void) { return false; }
static inline bool csimd_has_avx512_bf16(void) { return false; }
static inline bool csimd_has_avx2_fma(void) { return false; }
static inline bool csimd_is_intel(void) { return false; }
#endif
