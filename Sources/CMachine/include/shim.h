#pragma once

#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

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

// Asks for a cache line before it is needed; any address will do. Swift has no word for it.
static inline void mmaudio_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }

// Tells the processor that this is a loop that waits for another thread.
static inline void mmaudio_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

// Has the system send SIGTERM to this process as soon as its parent ends. Swift cannot call a function
// with a variable number of arguments.
static inline void mmaudio_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGTERM); }

// The arguments of C's main, of which the last is NULL. Swift reads them from /proc, which may be missing.
char **mmaudio_arguments(void);

// The path by which this program was started, as the system was given it.
static inline const char *mmaudio_started_path(void) { return (const char *)getauxval(AT_EXECFN); }
