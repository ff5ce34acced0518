# One interface target carries what every own target is compiled with.
add_library(centresim_options INTERFACE)
# No contraction: a*b+c rounds the same everywhere, so results are the same bits on every build.
target_compile_options(centresim_options INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion
                                                   $<$<BOOL:${CENTRESIM_WERROR}>:-Werror>
                                                   $<$<BOOL:${CENTRESIM_NATIVE}>:-march=native>)
# g++ 12 and 13 warn about overlapping copies inside std::string's operator+ (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  target_compile_options(centresim_options INTERFACE -Wno-restrict)
endif()
# Eigen sums in vectors as wide as the processor's: without them every build rounds the same. (With AVX-512, g++ 12 also
# warns about its own intrinsics there, GCC bug 105593.)
target_compile_definitions(centresim_options INTERFACE EIGEN_DONT_VECTORIZE)
