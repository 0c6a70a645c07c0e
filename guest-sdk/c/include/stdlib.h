// What generated code takes from the C library; rulewright.c defines it.
#pragma once
#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
// Does nothing: an instance lives for one step.
void free(void *block);
_Noreturn void abort(void);
