// A machine that can be written out and taken up by another one, in the midst of what it does.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace mica::tests {

class Traveller {
 public:
  Traveller(const Profile& profile, std::string_view form, std::size_t pool_bytes, const Host& services = {},
            std::uint8_t garbage = Bench::canary)
      : profile_(profile),
        form_(form),
        pool_bytes_(pool_bytes),
        services_(services),
        garbage_(garbage),
        scratch_(profile.engine.scratch_bytes / 8 + 1) {
    bench_ = make();
  }

  // False: it does not compile.
  bool load(const std::string& text, const CompileOptions& options = {}) {
    const CompileStatus status = bench_->load(text, options);
    problem = describe(engine(), status);
    if (status.error != 0) return false;
    texts_.resize(profile_.limits.frames);
    texts_[status.frame] = text;
    return true;
  }

  RunReport run(std::uint32_t budget) { return bench_->run(budget); }

  // From the texts, or from what is decompiled.
  std::vector<std::byte> save(bool decompiles) {
    std::vector<std::byte> snapshot;
    const FrameTexts texts = {this, [](void* context, std::uint8_t frame, const TextSink& sink) {
                                const std::string& text = static_cast<Traveller*>(context)->texts_[frame];
                                sink.write(sink.context, text.data(), text.size());
                                return true;
                              }};
    const ByteSink sink = {&snapshot, [](void* context, const std::byte* bytes, std::size_t size) {
                             auto& to = *static_cast<std::vector<std::byte>*>(context);
                             to.insert(to.end(), bytes, bytes + size);
                           }};
    problem = engine().save(bench_->instance(), decompiles ? FrameTexts{} : texts, sink);
    return snapshot;
  }

  // Into a machine of its own; the one before is gone if that went well.
  bool restore(std::span<const std::byte> snapshot) {
    std::unique_ptr<Bench> fresh = make();
    problem = restore(*fresh, snapshot);
    if (!problem.empty()) return false;
    fresh->output = bench_->output;
    bench_ = std::move(fresh);
    return true;
  }
  std::string restore(Bench& bench, std::span<const std::byte> snapshot) {
    std::span<std::uint64_t> scratch(scratch_);
    return std::string(engine().restore(bench.instance(), snapshot, std::as_writable_bytes(scratch), {}));
  }

  bool hop(bool decompiles) {
    const std::vector<std::byte> snapshot = save(decompiles);
    return problem.empty() && restore(snapshot);
  }

  std::unique_ptr<Bench> make() const {
    return std::make_unique<Bench>(profile_, form_, pool_bytes_, services_, garbage_);
  }

  // All that is to be the same: output, tasks, slices, data.
  std::string description() const {
    std::string text = bench_->output + "\n";
    for (std::uint8_t k = 0; k < engine().tasks; ++k) {
      const TaskReport task = bench_->task(k);
      text += bench_->state(k) + " " + std::to_string(task.digest) + " " + std::to_string(task.ticks) + " " +
              std::to_string(task.missed) + " " + std::to_string(task.offset) + " " + std::to_string(task.id) + "\n";
    }
    for (std::uint8_t k = 0; k < profile_.limits.frames; ++k)
      for (const std::uint8_t byte : bench_->data(k)) text += std::to_string(byte) + " ";
    return text + "\n" + std::to_string(bench_->schedule_digest());
  }

  const Engine& engine() const { return profile_.engine; }
  Bench& bench() { return *bench_; }
  std::string problem;

 private:
  const Profile& profile_;
  const std::string form_;
  const std::size_t pool_bytes_;
  const Host services_;
  const std::uint8_t garbage_;
  std::vector<std::uint64_t> scratch_;
  std::unique_ptr<Bench> bench_;
  std::vector<std::string> texts_;
};

}  // namespace mica::tests
