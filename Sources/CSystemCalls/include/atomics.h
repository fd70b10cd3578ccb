#ifndef CSYSTEM_ATOMICS_H
#define CSYSTEM_ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

// Atomic access to plain integers in shared or mapped memory, for Swift: the standard library's `Atomic`
// cannot live in a mapped file (and needs macOS 15). Every address must be naturally aligned.

static inline uint64_t csystem_load_acquire(const uint64_t *p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void csystem_store_release(uint64_t *p, uint64_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
/// Sequentially consistent: no later load of this thread is done before the store is visible.
static inline void csystem_store_sequential(uint64_t *p, uint64_t value) {
    __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}
static inline uint64_t csystem_load_sequential(const uint64_t *p) {
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
static inline uint64_t csystem_fetch_add(uint64_t *p, uint64_t value) {
    return __atomic_fetch_add(p, value, __ATOMIC_ACQ_REL);
}
/// Stores `desired` when the value is `*expected`; else puts the value there and answers false.
static inline bool csystem_compare_exchange(uint64_t *p, uint64_t *expected, uint64_t desired) {
    return __atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline uint32_t csystem_load_acquire32(const uint32_t *p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void csystem_store_release32(uint32_t *p, uint32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
static inline uint32_t csystem_load_sequential32(const uint32_t *p) {
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
static inline void csystem_store_sequential32(uint32_t *p, uint32_t value) {
    __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}
/// Answers the value before.
static inline uint32_t csystem_exchange32(uint32_t *p, uint32_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}

#endif
