#pragma once
#ifdef __GLIBC__
#include <malloc.h>
#endif

// Floats in a vector register of the machine that is compiled for, 0 without fused multiply-add. Swift
// cannot ask the compiler, C can; `-Xcc -march=…` reaches both.
static inline int mmaudio_vector_lanes(void) {
#if defined(__AVX512F__)
  return 16;
#elif defined(__AVX2__) && defined(__FMA__)
  return 8;
#else
  return 0;
#endif
}

// Maps every block of a megabyte or more by itself, so that it goes back to the system whole when it is
// freed. By default the allocator soon puts blocks of up to 32 MB side by side, where a small one that
// stays keeps all of them. Swift's Glibc module has no malloc.h.
static inline void mmaudio_map_large_blocks(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

// Asks for a cache line before it is needed; any address will do. Swift has no word for it.
static inline void mmaudio_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }
