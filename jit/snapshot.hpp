// The state of a machine, written out and taken up again; see Engine::save and Engine::restore.
#pragma once

#include <span>
#include <string_view>

#include "jit/compiler.hpp"
#include "jit/engine.hpp"

namespace mica::inline MICA_PROFILE::jit {

// At most so many places of the code are asked for: of each task where it stands and what lies on its return stack.
inline constexpr std::size_t snapshot_places = core::limits::tasks * (1 + core::limits::return_cells);
inline constexpr std::size_t snapshot_scratch = has_stack_maps ? snapshot_places * sizeof(StackMap) : 0;

std::string_view save_snapshot(vm::Machine&, const FrameTexts&, const ByteSink&);
std::string_view restore_snapshot(vm::Machine&, Compiler&, Workspace&, const FrameTextSink&,
                                  std::span<const std::byte> snapshot, std::span<std::byte> scratch);

}  // namespace mica::inline MICA_PROFILE::jit
