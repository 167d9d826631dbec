#pragma once
// ldns for C++: its header makes `true`, `false` and `bool` macros unless stdbool.h has been there before.

#include <stdbool.h>  // NOLINT(modernize-deprecated-headers): <cstdbool> is gone in C++20

#include <ldns/ldns.h>
