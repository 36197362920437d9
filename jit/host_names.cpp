// What the host offers by name: functions that are called, arrays that are used in place.
#include "jit/compiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

// False: the host has nothing of that name.
bool Compiler::take_from_host(const Token& token) {
  const Host& host = machine_->host;
  for (std::uint32_t k = 0; k < host.arrays.size(); ++k)
    if (host.arrays[k].name == token.text) {
      name_host_array(token, k);
      return true;
    }
  for (std::uint32_t k = 0; k < host.functions.size(); ++k)
    if (host.functions[k].name == token.text) {
      call_host(k);
      return true;
    }
  return false;
}

// From its first use on the array is a name of the program: a region like those that it declares itself.
void Compiler::name_host_array(const Token& token, std::uint32_t index) {
  const HostArray& array = machine_->host.arrays[index];
  const NameKind kind = core::rexa16 && array.count == 1 ? NameKind::scalar : NameKind::region;
  Name* const name = dictionary_.insert(token.text, token.hash, kind);
  if (name == nullptr) return fail(CompileError::names_full);
  name->token = static_cast<std::uint16_t>(emitter_.here());
  name->unreached = !flow().reachable;
  name->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  if (!vm::add_region(*frame_, {index, array.count, array.type, vm::Storage::host, array.read_only, frame()}))
    return fail(CompileError::regions_full);
  call(*name);
}

void Compiler::call_host(std::uint32_t index) {
  const HostFunction& function = machine_->host.functions[index];
  if (!enough(function.in, 0)) return;
  emitter_.emit_host_call(static_cast<std::int32_t>(index), function.in, function.out);
}

}  // namespace mica::inline MICA_PROFILE::jit
