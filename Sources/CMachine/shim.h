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

// Lets the allocator keep up to a gigabyte that was freed. By default it gives large blocks back to
// the kernel, which clears every page when they come again. Swift's Glibc module has no malloc.h.
static inline void mmaudio_keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

// Gives all that was freed back to the kernel.
static inline void mmaudio_release_freed_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
