# What vm, jit and ml are held to on every platform, so that a PC build already fails where a device would.
add_library(mica_embedded_rules INTERFACE)
target_compile_features(mica_embedded_rules INTERFACE cxx_std_20)
target_compile_options(mica_embedded_rules INTERFACE
  -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off
  -Wall -Wextra -Wconversion -Wdouble-promotion -Wvla
  # Generated cases declare all operands of an instruction and labels that a profile may not use.
  -Wno-unused-label
  "-ffile-prefix-map=${MICA_ROOT}/=")
if(MICA_WERROR)
  target_compile_options(mica_embedded_rules INTERFACE -Werror)
endif()

# gcc merges the indirect jumps of computed goto into one unless it is told not to, and at -Os always. It would also keep
# the top cell twice in a vector register for the few words that copy it twice, at a cost to every other word. What it
# moves from the cases to the dispatch (pre), or early within them (schedule-insns, on ARM), takes the registers that
# the stacks need.
add_library(mica_interpreter_rules INTERFACE)
target_compile_options(mica_interpreter_rules INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-O2 -fno-crossjumping -fno-gcse -fno-tree-slp-vectorize
    -fno-tree-pre -fno-schedule-insns>)
