# Provides the target mica_codegen_program and the variable MICA_CODEGEN, the program to call. Native builds build it as
# part of the project; cross builds build it apart with the host's compiler, or use a ready one:
#   -DMICA_HOST_CODEGEN=<path of codegen>
set(MICA_HOST_CODEGEN "" CACHE FILEPATH "A codegen that is already built; empty: build it")

if(MICA_HOST_CODEGEN)
  set(codegen ${MICA_HOST_CODEGEN})
  add_custom_target(mica_codegen_program)
elseif(CMAKE_CROSSCOMPILING)
  include(ExternalProject)
  set(codegen ${PROJECT_BINARY_DIR}/host-codegen/codegen)
  # The environment of a cross build must not leak into the host build.
  set(clean_environment ${CMAKE_COMMAND} -E env --unset=CC --unset=CXX --unset=CFLAGS --unset=CXXFLAGS --unset=LDFLAGS
      --unset=CMAKE_TOOLCHAIN_FILE)
  ExternalProject_Add(mica_codegen_program
    SOURCE_DIR ${CMAKE_CURRENT_LIST_DIR}/..
    BINARY_DIR ${PROJECT_BINARY_DIR}/host-codegen
    CONFIGURE_COMMAND ${clean_environment} ${CMAKE_COMMAND} -S <SOURCE_DIR> -B <BINARY_DIR> -G ${CMAKE_GENERATOR}
    BUILD_COMMAND ${clean_environment} ${CMAKE_COMMAND} --build <BINARY_DIR>
    INSTALL_COMMAND ""
    BUILD_ALWAYS ON
    BUILD_BYPRODUCTS ${codegen})
else()
  add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/.. ${PROJECT_BINARY_DIR}/codegen)
  set(codegen $<TARGET_FILE:codegen>)
  add_custom_target(mica_codegen_program DEPENDS codegen)
endif()
# Also for a project that Mica is a folder of, and that calls add_vm_core itself.
set(MICA_CODEGEN ${codegen} CACHE INTERNAL "the program codegen")
