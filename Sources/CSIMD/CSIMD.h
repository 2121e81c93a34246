// What Swift cannot say of the processor: which instructions it has, and the bfloat16 instructions of AVX-512.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/// Whether the processor has AVX-512 F, BW, DQ, VL and BF16 and the operating system keeps the 512-bit registers.
static inline bool csimd_has_avx512_bf16(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return false;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 0xe6) != 0xe6) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const uint32_t wanted = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);
    if ((b & wanted) != wanted || a < 1) return false;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));
}

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

/// `low` then `high`, rounded to nearest even.
static inline __m512i csimd_round_bf16(__m512 low, __m512 high) {
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/// Sixteen bfloat16 values as float32.
static inline __m512 csimd_widen_bf16(__m256i values) {
    return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16);
}

/// Asks for the cache line at `address`, to be written.
static inline void csimd_prefetch_for_writing(const void *address) { __builtin_prefetch(address, 1, 3); }
#endif

#else
static inline bool csimd_has_avx512_bf16(void) { return false; }
#endif
