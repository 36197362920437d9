# Run after linking: refuses an image that carries a heap, exceptions or pieces of an operating system.
#   cmake -DNM=... -DIMAGE=... -P check_symbols.cmake
execute_process(COMMAND ${NM} ${IMAGE} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${NM} cannot read ${IMAGE}")
endif()
set(forbidden
    # heap, new and delete
    malloc calloc realloc free _malloc_r _calloc_r _realloc_r _free_r sbrk _sbrk _sbrk_r
    _Znwj _Znaj _ZdlPv _ZdaPv _ZdlPvj _ZdaPvj
    # exceptions, statics that are made at first use
    __cxa_throw __cxa_allocate_exception __gxx_personality_v0 __cxa_guard_acquire
    # operating system, formatted output
    abort exit _exit _kill _write printf _printf_r vfprintf _vfprintf_r)
foreach(symbol IN LISTS forbidden)
  if(symbols MATCHES "[ \n][A-Za-z] ${symbol}\n")
    message(FATAL_ERROR "${IMAGE} contains '${symbol}': firmware has no heap, exceptions or operating system")
  endif()
endforeach()
