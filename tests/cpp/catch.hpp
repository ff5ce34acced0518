// One include for the tests: Catch2 version 2 (Debian 12) and 3 (Debian 13) keep their headers in different places.
// Names of test cases hold no semicolons and no brackets: ctest would take them apart.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
