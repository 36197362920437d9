// Instructions that a profile lacks: should the compiler ask for one all the same, the text is refused.
#include <doctest/doctest.h>

#include "jit/emitter.hpp"

namespace {

using namespace mica;
using core::Op;

}  // namespace

TEST_CASE("an absent instruction is refused, not written") {
  static_assert(Op::loop_index == Op::absent && Op::repeat == Op::absent && Op::literal32 == Op::absent);
  std::uint8_t code[64] = {};
  vm::Frame frame;
  frame.code = code;
  frame.code_limit = sizeof code;
  const Host host;
  for (int way = 0; way < 3; ++way) {
    CAPTURE(way);
    frame.code_bytes = 0;
    jit::Emitter emitter;
    emitter.begin(frame, host, true);
    const std::uint32_t before = frame.code_bytes;
    emitter.emit_literal(1);
    if (way == 0) emitter.emit(Op::loop_index);
    if (way == 1) CHECK(!emitter.emit_jump(Op::repeat, 1).used);
    if (way == 2) emitter.emit_jump_back(Op::repeat, 1, 0, emitter.word.flow);
    CHECK(emitter.error() == CompileError::unknown_word);
    emitter.here();
    CHECK(frame.code_bytes <= before + 2);
  }
}
