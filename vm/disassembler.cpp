#include "vm/disassembler.hpp"

#include <string_view>

#include "core/mnemonics.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

class Line {
 public:
  explicit Line(std::span<char> memory) : memory_(memory) {}

  void add(std::string_view text) {
    for (const char character : text)
      if (at_ + 1 < memory_.size()) memory_[at_++] = character;
  }

  void add(std::int32_t number) {
    char digits[11];
    std::size_t count = 0;
    std::uint32_t rest = number < 0 ? 0u - static_cast<std::uint32_t>(number) : static_cast<std::uint32_t>(number);
    do digits[count++] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) add("-");
    while (count > 0) add(std::string_view(&digits[--count], 1));
  }

  ~Line() {
    if (!memory_.empty()) memory_[at_] = 0;
  }

 private:
  std::span<char> memory_;
  std::size_t at_ = 0;
};

}  // namespace

std::uint32_t disassemble(const Frame& frame, std::uint32_t offset, std::span<char> memory) {
  Line line(memory);
  if (offset >= frame.code_bytes) return 0;
  const std::uint8_t* at = frame.code + offset;
  const bool page_two = core::has_page_two && *at == core::escape_code;
  const bool known =
      page_two ? offset + 1 < frame.code_bytes && at[1] < core::page_two_count : *at < core::page_one_count;
  const core::Op op = known ? core::decode(at) : core::Op::absent;
  if (!known || offset + core::length(op) > frame.code_bytes) {
    line.add("byte ");
    line.add(*at);
    return offset + 1;
  }
  line.add(core::mnemonic(op));
  const core::OperandList& list = core::operands(op);
  at += page_two ? 2 : 1;
  for (unsigned k = 0; k < list.count; ++k) {
    const core::OperandKindInfo& kind = core::operand_kind(list, k);
    const bool displacement = kind.role == core::OperandRole::branch || kind.role == core::OperandRole::call;
    line.add(displacement ? " ->" : " ");
    line.add(core::read_operand(at, kind) + (displacement ? static_cast<std::int32_t>(offset) : 0));
    at += kind.bytes;
  }
  return offset + core::length(op);
}

}  // namespace mica::inline MICA_PROFILE::vm
