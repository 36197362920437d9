# Toolchain file for the boards in hosts/stm32/boards.
#
#   cmake -S . -B build/stm32-netduinoplus2 -DMICA_BOARD=netduinoplus2
#         -DCMAKE_TOOLCHAIN_FILE=hosts/stm32/cmake/arm-none-eabi.cmake
#
# The processor flags come from the board's data, so that every library of the build gets the same ones.
# Hosted flags on purpose: -ffreestanding turns small copies into calls. That nothing needs a heap or an
# operating system is proved when linking: without nosys.specs any use of them leaves an undefined symbol.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MICA_BOARD)

set(MICA_BOARD netduinoplus2 CACHE STRING "Board: a folder of hosts/stm32/boards")
set(mica_board_file ${CMAKE_CURRENT_LIST_DIR}/../boards/${MICA_BOARD}/board.json)
if(NOT EXISTS ${mica_board_file})
  message(FATAL_ERROR "MICA_BOARD: there is no board '${MICA_BOARD}' in hosts/stm32/boards")
endif()
file(READ ${mica_board_file} mica_board_json)
string(JSON mica_cpu_flag_count LENGTH "${mica_board_json}" cpu_flags)
math(EXPR mica_cpu_flag_last "${mica_cpu_flag_count} - 1")
set(mica_cpu_flags "")
foreach(mica_index RANGE ${mica_cpu_flag_last})
  string(JSON mica_flag GET "${mica_board_json}" cpu_flags ${mica_index})
  string(APPEND mica_cpu_flags " ${mica_flag}")
endforeach()

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_OBJCOPY arm-none-eabi-objcopy)
set(CMAKE_SIZE arm-none-eabi-size)
set(CMAKE_NM arm-none-eabi-nm)

# -ffp-contract=off: float results are the same on every host.
set(mica_common_flags "${mica_cpu_flags} -ffunction-sections -fdata-sections -fstack-usage -ffp-contract=off")
string(APPEND mica_common_flags " -fno-unwind-tables -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${mica_common_flags}")
set(CMAKE_CXX_FLAGS_INIT
    "${mica_common_flags} -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles --specs=nano.specs -Wl,--gc-sections")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
