// What the host offers by name: functions that are called, arrays that are used in place.
#include "jit/compiler.hpp"
#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

// Where the host has the name: in its arrays or, counted on, in its functions. Behind all of these: nowhere.
std::uint32_t Compiler::place_at_host(std::string_view name) const {
  std::uint32_t place = 0;
  for (const HostArray& array : machine_->host.arrays) {
    if (array.name == name) return place;
    ++place;
  }
  for (const HostFunction& function : machine_->host.functions) {
    if (function.name == name) return place;
    ++place;
  }
  return place;
}

// False: the host has nothing of that name.
bool Compiler::take_from_host(const Token& token) {
  const std::uint32_t arrays = static_cast<std::uint32_t>(machine_->host.arrays.size());
  const std::uint32_t place = place_at_host(token.text);
  if (place < arrays) {
    if (Name* const name = name_host_array(token, place)) call(*name);
    return true;
  }
  if (place - arrays >= machine_->host.functions.size()) return false;
  call_host(place - arrays);
  return true;
}

// The token of a function; false: the name means another thing, or nothing.
bool Compiler::push_host_token(const Token& token) {
  if (core::word_candidate(token.hash).text == token.text) return false;
  const std::uint32_t index = place_at_host(token.text) - static_cast<std::uint32_t>(machine_->host.arrays.size());
  if (index >= machine_->host.functions.size()) return false;
  emit_number(vm::token_of_host_function(index));
  return true;
}

// From its first use on the array is a name of the program: a region like those that it declares itself.
Name* Compiler::name_host_array(const Token& token, std::uint32_t index) {
  const HostArray& array = machine_->host.arrays[index];
  const NameKind kind = core::rexa16 && array.count == 1 ? NameKind::scalar : NameKind::region;
  Name* const name = dictionary_.insert(token.text, token.hash, kind);
  if (name == nullptr) {
    fail(CompileError::names_full);
    return nullptr;
  }
  name->token = static_cast<std::uint16_t>(emitter_.here());
  name->unreached = !flow().reachable;
  name->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  if (!vm::add_region(*frame_, {index, array.count, array.type, vm::Storage::host, array.read_only, frame()}))
    fail(CompileError::regions_full);
  return name;
}

// For a field that names one; null: the host has none of that name, or there is no room for it.
const Name* Compiler::array_of_host(const Token& token) {
  const std::uint32_t place = place_at_host(token.text);
  return place < machine_->host.arrays.size() ? name_host_array(token, place) : nullptr;
}

void Compiler::call_host(std::uint32_t index) {
  const HostFunction& function = machine_->host.functions[index];
  if (!enough(function.in, 0)) return;
  emitter_.emit_host_call(static_cast<std::int32_t>(index), function.in, function.out);
}

}  // namespace mica::inline MICA_PROFILE::jit
