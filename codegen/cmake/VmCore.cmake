# add_vm_core(NAME PROFILE <file> [FORMS <form>...] [GROUPS <folder>...])
#
# Makes the static library NAME: a virtual machine with its compiler for one profile. Its only symbol for hosts is
# `const mica::Engine& mica::<profile>_engine()` (jit/engine.hpp), with '-' in the name of the profile as '_'.
#
#   PROFILE  profile file (isa/profiles/*.json or your own)
#   FORMS    interpreter forms to build: switch, goto, switch-observed, goto-observed, checked, traced (hooks);
#            default: all
#   GROUPS   folders with instruction groups of your own, searched before isa/groups
#
# The target NAME_vectors, which is made when it is asked for, is a program that runs the test vectors of the core's
# instructions.
#
# The generated sources lie in <build>/generated/<profile>/core. Cores of one profile share them, so that a name stands
# for one profile file with one list of groups.
include_guard(GLOBAL)

# Without symbolic links: paths are given relative to it.
get_filename_component(mica_root ${CMAKE_CURRENT_LIST_DIR}/../.. REALPATH)
set(MICA_ROOT ${mica_root} CACHE INTERNAL "root of the source tree")
include(${CMAKE_CURRENT_LIST_DIR}/HostCodegen.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/EmbeddedRules.cmake)

# Code that no profile changes: kernels, names of compile errors.
file(GLOB kernels CONFIGURE_DEPENDS ${MICA_ROOT}/ml/kernels/*.cpp)
add_library(mica_common STATIC ${kernels} ${MICA_ROOT}/jit/errors.cpp ${MICA_ROOT}/jit/error_texts.cpp)
# Where all else is made small, layers are made fast: nearly all the time of a model goes into their loops.
set(layers ${kernels})
list(FILTER layers EXCLUDE REGEX "/(float|float_functions|float_text|fold|functions|window)\\.cpp$")
set_source_files_properties(${layers} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:MinSizeRel>:-O2>)
target_include_directories(mica_common PUBLIC ${MICA_ROOT})
target_compile_features(mica_common PUBLIC cxx_std_20)
target_link_libraries(mica_common PRIVATE mica_embedded_rules)
add_library(mica::common ALIAS mica_common)

function(add_vm_core name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PROFILE" "FORMS;GROUPS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PROFILE)
    message(FATAL_ERROR "add_vm_core(NAME PROFILE <file> [FORMS <form>...] [GROUPS <folder>...])")
  endif()
  set(all_forms switch goto switch-observed goto-observed checked traced)
  if(NOT arg_FORMS)
    set(arg_FORMS ${all_forms})
  endif()
  foreach(form ${arg_FORMS})
    if(NOT form IN_LIST all_forms)
      list(JOIN all_forms ", " forms)
      message(FATAL_ERROR "add_vm_core(${name}): there is no form '${form}'; the forms are ${forms}")
    endif()
  endforeach()
  mica_generate_core(${arg_PROFILE} "${arg_GROUPS}" generated profile_target)

  # Everything of the profile but the interpreter, then each form of it.
  add_library(${name} STATIC)
  foreach(source vm/machine vm/exceptions vm/exports vm/crossing vm/tokens vm/output vm/scheduler vm/tasks
                 vm/unloading vm/disassembler jit/lexer jit/numbers jit/dictionary jit/emitter jit/constants
                 jit/compiler jit/frame_in_work jit/structures jit/definitions jit/exceptions jit/declarations
                 jit/arrays jit/blocks jit/channels jit/strings jit/host_names jit/frame_text jit/imports jit/code_reader
                 jit/decompiler jit/decompile_structures jit/decompile_data jit/decompile_blocks jit/engine)
    target_sources(${name} PRIVATE ${MICA_ROOT}/${source}.cpp)
  endforeach()
  # What only tasks that wait or are looked after need.
  file(READ ${arg_PROFILE} json)
  string(JSON groups GET "${json}" groups)
  if(groups MATCHES "\"task\"")
    target_sources(${name} PRIVATE ${MICA_ROOT}/vm/waiting.cpp ${MICA_ROOT}/vm/faults.cpp)
  endif()
  string(JSON snapshots ERROR_VARIABLE none GET "${json}" snapshots)
  if(snapshots STREQUAL "ON")
    target_sources(${name} PRIVATE ${MICA_ROOT}/jit/task_check.cpp ${MICA_ROOT}/jit/snapshot.cpp)
  endif()
  target_include_directories(${name} PRIVATE ${generated})
  target_link_libraries(${name} PUBLIC mica_common PRIVATE mica_embedded_rules)
  add_dependencies(${name} ${profile_target})
  set_target_properties(${name} PROPERTIES MICA_GENERATED ${generated})

  if(snapshots STREQUAL "ON" OR "traced" IN_LIST arg_FORMS)
    target_sources(${name} PRIVATE ${MICA_ROOT}/vm/call_chain.cpp)
  endif()

  # All of the core must agree on what the machine keeps.
  set(has_traced 0)
  if("traced" IN_LIST arg_FORMS)
    set(has_traced 1)
    target_sources(${name} PRIVATE ${MICA_ROOT}/vm/traced.cpp ${MICA_ROOT}/vm/hook_calls.cpp)
  endif()
  set(pages)
  foreach(form ${arg_FORMS})
    string(REPLACE "-" "_" function ${form})
    string(TOUPPER ${function} option)
    string(FIND ${form} goto is_goto)
    set(page plain)
    if(form STREQUAL checked)
      set(page checked)
    elseif(form MATCHES "observed|traced")
      set(page observed)
    endif()
    list(APPEND pages ${page})
    target_compile_definitions(${name} PRIVATE MICA_HAS_${option}=1)
    mica_add_interpreter(${name} ${function} ${page} ${is_goto} ${has_traced} ${generated} ${profile_target})
  endforeach()
  list(REMOVE_DUPLICATES pages)
  foreach(page ${pages})
    mica_add_page_two(${name} ${page} ${has_traced} ${generated} ${profile_target})
  endforeach()
  mica_add_snippet_lint(${name} ${arg_PROFILE} "${arg_GROUPS}" ${generated} ${profile_target})
  mica_add_vectors(${name} ${arg_PROFILE} ${generated})
endfunction()

# Runs codegen whenever the program, a description, a snippet or the profile has changed.
function(mica_generate_core profile groups generated_out target_out)
  cmake_path(ABSOLUTE_PATH profile NORMALIZE)
  file(READ ${profile} json)
  string(JSON profile_name GET "${json}" profile)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile})
  set(target ${profile_name}_generated)
  set(group_folders)
  set(group_options)
  foreach(folder ${groups})
    cmake_path(ABSOLUTE_PATH folder NORMALIZE)
    list(APPEND group_folders ${folder})
    list(APPEND group_options --groups ${folder})
  endforeach()
  set(${target_out} ${target} PARENT_SCOPE)
  # Several cores of one profile, say with different forms, share what is generated, whatever project makes them.
  if(TARGET ${target})
    get_target_property(generated ${target} MICA_GENERATED_FOLDER)
    set(${generated_out} ${generated} PARENT_SCOPE)
    mica_expect_same(${target} MICA_PROFILE_FILE "${profile}" "profile file")
    mica_expect_same(${target} MICA_GROUP_FOLDERS "${group_folders}" "GROUPS")
    return()
  endif()
  set(generated ${PROJECT_BINARY_DIR}/generated/${profile_name})
  set(${generated_out} ${generated} PARENT_SCOPE)
  set(files)
  foreach(file config.hpp traps.hpp opcodes.hpp instruction_table.hpp mnemonics.hpp hook_words.hpp progress.hpp functions.hpp
               words.hpp fusions.hpp kernels.hpp snippet_signatures.hpp page_one_cases.inc page_one_labels.inc page_two_cases.inc
               sliced_cases.inc compile_actions.inc instruction_vectors.inc instructions.md word_reference.inc)
    list(APPEND files ${generated}/core/${file})
  endforeach()
  # Paths that reach #line directives are relative to the root, so that builds are the same everywhere.
  cmake_path(RELATIVE_PATH profile BASE_DIRECTORY ${MICA_ROOT} OUTPUT_VARIABLE shown_profile)
  set(stamp ${generated}/codegen.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    BYPRODUCTS ${files}
    COMMAND ${MICA_CODEGEN} --isa isa ${group_options} --profile ${shown_profile} --out ${generated}
            --depfile ${generated}/codegen.d --stamp ${stamp}
    DEPENDS mica_codegen_program ${MICA_CODEGEN} ${profile}
    DEPFILE ${generated}/codegen.d
    WORKING_DIRECTORY ${MICA_ROOT}
    COMMENT "Generating the core of ${profile_name}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${stamp})
  set_target_properties(${target} PROPERTIES
    MICA_GENERATED_FOLDER "${generated}" MICA_PROFILE_FILE "${profile}" MICA_GROUP_FOLDERS "${group_folders}")
endfunction()

# Of two cores with one name of the profile, the second would silently be made of what the first has generated.
function(mica_expect_same target property value what)
  get_target_property(before ${target} ${property})
  if(NOT before STREQUAL value)
    string(REGEX REPLACE "_generated$" "" profile ${target})
    message(FATAL_ERROR "add_vm_core: the profile '${profile}' is made with the ${what} '${before}' already, "
            "not with '${value}'; give one of the two profiles another name")
  endif()
endfunction()

function(mica_add_interpreter name function page is_goto has_traced generated profile_target)
  set(form execute_${function})
  set(steps 0)
  if(function STREQUAL traced)
    set(form execute_step)
    set(steps 1)
  endif()
  set(object ${name}_${function})
  add_library(${object} OBJECT ${MICA_ROOT}/vm/interpreter.cpp)
  target_include_directories(${object} PRIVATE ${generated})
  target_link_libraries(${object} PRIVATE mica_common mica_embedded_rules mica_interpreter_rules)
  add_dependencies(${object} ${profile_target})
  target_compile_definitions(${object} PRIVATE
    MICA_FORM=${form} MICA_PAGE_TWO=page_two_${page} MICA_STEPS=${steps} MICA_HAS_TRACED=${has_traced}
    MICA_GOTO=$<NOT:$<EQUAL:${is_goto},-1>>
    MICA_OBSERVED=$<NOT:$<STREQUAL:${page},plain>> MICA_CHECKED=$<STREQUAL:${page},checked>)
  target_sources(${name} PRIVATE $<TARGET_OBJECTS:${object}>)
endfunction()

function(mica_add_page_two name page has_traced generated profile_target)
  set(object ${name}_page_two_${page})
  add_library(${object} OBJECT ${MICA_ROOT}/vm/page_two.cpp)
  target_include_directories(${object} PRIVATE ${generated})
  target_link_libraries(${object} PRIVATE mica_common mica_embedded_rules)
  add_dependencies(${object} ${profile_target})
  target_compile_definitions(${object} PRIVATE
    MICA_PAGE_TWO=page_two_${page} MICA_HAS_TRACED=${has_traced}
    MICA_OBSERVED=$<NOT:$<STREQUAL:${page},plain>> MICA_CHECKED=$<STREQUAL:${page},checked>)
  target_sources(${name} PRIVATE $<TARGET_OBJECTS:${object}>)
endfunction()

function(mica_add_vectors name profile generated)
  file(READ ${profile} json)
  string(JSON profile_name GET "${json}" profile)
  string(REPLACE "-" "_" engine ${profile_name}_engine)
  add_executable(${name}_vectors EXCLUDE_FROM_ALL ${MICA_ROOT}/hosts/pc/run_vectors.cpp)
  target_include_directories(${name}_vectors PRIVATE ${generated})
  target_compile_definitions(${name}_vectors PRIVATE MICA_ENGINE=${engine})
  target_link_libraries(${name}_vectors PRIVATE ${name})
endfunction()

# The snippets compiled as the headers that they are: editors get their flags from here.
function(mica_add_snippet_lint name profile groups generated profile_target)
  cmake_path(ABSOLUTE_PATH profile NORMALIZE)
  file(READ ${profile} json)
  string(JSON count LENGTH "${json}" groups)
  math(EXPR last "${count} - 1")
  set(sources)
  foreach(k RANGE ${last})
    string(JSON group GET "${json}" groups ${k})
    foreach(folder ${groups} ${MICA_ROOT}/isa/groups)
      cmake_path(ABSOLUTE_PATH folder NORMALIZE)
      if(EXISTS ${folder}/${group}.ops.hpp)
        set(source ${PROJECT_BINARY_DIR}/lint/${name}/${group}.cpp)
        file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${folder}/${group}.ops.hpp\"\n")
        list(APPEND sources ${source})
        break()
      endif()
    endforeach()
  endforeach()
  add_library(${name}_snippet_lint OBJECT EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${name}_snippet_lint PRIVATE ${generated})
  target_link_libraries(${name}_snippet_lint PRIVATE mica_common mica_embedded_rules)
  add_dependencies(${name}_snippet_lint ${profile_target})
endfunction()
