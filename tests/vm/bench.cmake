# The bench: machines under test in every profile. Included by the folders whose tests use it.
#
#   mica_unit_test(NAME source...)   makes test_NAME, registers it as test NAME
include_guard(GLOBAL)

find_package(doctest REQUIRED)
# Profile, file, forms (none: all); those that are for the compiler need few.
foreach(row "own16 tests/profiles/own16.json" "small tests/profiles/small.json switch checked"
            "far-code tests/jit/profiles/far_code.json switch switch-observed checked"
            "flash tests/jit/profiles/flash.json switch checked")
  separate_arguments(row)
  list(POP_FRONT row profile file)
  if(NOT TARGET mica_${profile})
    add_vm_core(mica_${profile} PROFILE ${PROJECT_SOURCE_DIR}/${file} FORMS ${row})
  endif()
endforeach()

set(bench ${CMAKE_CURRENT_LIST_DIR})
add_library(mica_bench STATIC ${bench}/bench.cpp ${bench}/spelling.cpp ${bench}/profiles.cpp ${bench}/test_main.cpp)
target_include_directories(mica_bench PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(mica_bench PUBLIC mica_common doctest::doctest)
target_compile_options(mica_bench PRIVATE -Wall -Wextra)
foreach(profile node32 rexa16 tests-tiny stm32f4 stm32f1 minimal own16 small far-code flash)
  add_library(bench_${profile} OBJECT ${bench}/profile.cpp)
  target_include_directories(bench_${profile} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated/${profile})
  target_compile_options(bench_${profile} PRIVATE -Wall -Wextra)
  target_compile_features(bench_${profile} PRIVATE cxx_std_20)
  add_dependencies(bench_${profile} ${profile}_generated)
  target_sources(mica_bench PRIVATE $<TARGET_OBJECTS:bench_${profile}>)
  target_link_libraries(mica_bench PUBLIC mica_${profile})
endforeach()

function(mica_unit_test name)
  add_executable(test_${name} ${ARGN})
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O0> -Wall -Wextra)
  target_link_libraries(test_${name} PRIVATE mica_bench mica_oracle)
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "quick;sanitized" TIMEOUT 300)
  set_property(GLOBAL APPEND PROPERTY mica_unit_tests test_${name})
endfunction()
