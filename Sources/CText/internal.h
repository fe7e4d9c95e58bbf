// What the parts of the shim share.
#pragma once

#include <stdlib.h>
#include <string.h>

// Hands a message to the caller.
static inline void ctext_fail(char **failure, const char *message) {
    if (failure) *failure = strdup(message);
}
