// What must hold of the fields of a block, all of them together, in the order of the page.
#include "tests/oracle/blocks.hpp"
#include "tests/oracle/floats.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

void want(bool holds, const char* field) {
  if (!holds) throw InvalidText(std::string("a field that does not fit: ") + field);
}

class Check {
 public:
  Check(const Block& block, const std::vector<Region>& regions) : block_(block), regions_(regions) {}

  void run() {
    if (block_.word == "forest{") return forest();
    if (block_.word == "linear{") return linear();
    if (block_.word == "scaler{") return scaler();
    if (is_signal(block_.word)) return signal();
    if (block_.values.contains("kernel")) return windowed();
    if (block_.has("filter")) return connected();
    if (block_.word == "mean{" || block_.word == "fmean{") return mean();
    if (block_.has("b")) return pair();
    if (block_.values.contains("columns")) return rows();
    if (block_.values.contains("length")) return moved();
    elementwise();
  }

 private:
  const Region& region(std::string_view field) const { return regions_[block_.arrays.find(field)->second]; }
  std::int64_t length(std::string_view field) const { return region(field).length; }
  void want_length(const char* field, std::int64_t count) const {
    if (length(field) != count) throw InvalidText(std::string("an array of another length: ") + field);
  }
  void clamp() const {
    const std::int64_t low = block_.value("clamp", 0), high = block_.value("clamp", 1);
    want(is_of_floats() ? float_number(low) <= float_number(high) : low <= high, "clamp");
  }
  bool is_of_floats() const { return float_words().contains(block_.word); }

  // Apart, or the same if it may be.
  void want_apart(std::string_view other, bool or_same) const {
    const Region &a = region("output"), &b = region(other);
    if (a.where != b.where) return;
    const auto bytes = [](const Region& one) { return static_cast<std::size_t>(one.length) * one.bits / 8; };
    const bool same = a.offset == b.offset && a.length == b.length && a.bits == b.bits && a.floats == b.floats;
    if (same && or_same) return;
    const bool apart = a.where == Region::Where::host
                           ? a.offset != b.offset
                           : a.offset + bytes(a) <= b.offset || b.offset + bytes(b) <= a.offset;
    if (!apart) throw InvalidText("results in memory that the block reads");
  }

  void scales(std::int64_t outputs) const {
    if (is_of_floats()) return;
    want(length("multiplier") == 1 || length("multiplier") == outputs, "multiplier");
    want_length("shift", length("multiplier"));
  }

  void windowed() const {
    const Windows down = windows_of(block_, false), across = windows_of(block_, true);
    const std::int64_t channels = block_.value("size", 2);
    want_length("input", down.size * across.size * channels);
    std::int64_t outputs = channels;
    if (block_.has("filter")) {
      outputs = length("bias");
      want(outputs <= 65535, "bias");
      std::int64_t taps = down.kernel * across.kernel;
      if (block_.values.contains("groups")) {
        const std::int64_t groups = block_.value("groups");
        want(channels % groups == 0 && outputs % groups == 0, "groups");
        taps *= channels / groups;
      } else {
        want(outputs % channels == 0, "bias");
      }
      want_length("filter", outputs * taps);
      scales(outputs);
    }
    clamp();
    want_length("output", down.count * across.count * outputs);
    want_apart("input", false);
  }

  void connected() const {
    const std::int64_t outputs = length("bias");
    want(length("filter") % outputs == 0, "filter");
    const std::int64_t inputs = length("filter") / outputs;
    scales(outputs);
    clamp();
    want(length("input") % inputs == 0 && length("input") / inputs <= 65535, "input");
    want_length("output", length("input") / inputs * outputs);
    want_apart("input", false);
  }

  void mean() const {
    want_length("input", block_.value("size", 0) * block_.value("size", 1) * block_.value("size", 2));
    clamp();
    want_length("output", block_.value("size", 2));
    want_apart("input", false);
  }

  void elementwise() const {
    if (block_.has("table")) {
      want_length("table", 256);
      want_apart("table", false);
    }
    if (block_.values.contains("clamp")) clamp();
    want_length("output", length("input"));
    want_apart("input", true);
  }

  void pair() const {
    want(length("a") % length("b") == 0, "b");
    clamp();
    want_length("output", length("a"));
    want_apart("a", true);
    want_apart("b", true);
  }

  void rows() const {
    want(length("input") % block_.value("columns") == 0, "columns");
    const bool found = block_.word == "argmax{" || block_.word == "fargmax{";
    want_length("output", found ? length("input") / block_.value("columns") : length("input"));
    if (!found) want_apart("input", true);
  }

  bool floats(std::string_view field) const { return region(field).floats; }
  void want_floats(std::initializer_list<const char*> fields) const {
    for (const char* field : fields) want(floats(field) == floats("output"), field);
    if (block_.values.contains("shift")) want(!floats("output") || block_.value("shift") == 0, "shift");
  }

  void forest() const {
    const Region &input = region("input"), &limits = region("thresholds");
    if (input.bits != limits.bits || input.floats != limits.floats) throw InvalidText("an array of another type");
    want_floats({"leaves"});
    want_length("thresholds", length("features"));
    want_length("skips", length("features"));
    want(length("leaves") % length("output") == 0, "leaves");
    for (const char* other : {"input", "features", "thresholds", "skips", "leaves", "roots"})
      if (block_.has(other)) want_apart(other, false);
  }

  void linear() const {
    want_floats({"input", "weights", "bias"});
    const std::int64_t outputs = length("bias"), inputs = length("weights") / outputs;
    want(inputs > 0 && length("weights") % outputs == 0, "weights");
    want(length("input") >= inputs && length("input") % inputs == 0, "input");
    want_length("output", length("input") / inputs * outputs);
    for (const char* other : {"input", "weights", "bias"}) want_apart(other, false);
  }

  void scaler() const {
    want(floats("output") || !floats("input"), "input");
    want_floats({"offsets", "factors"});
    want(length("input") % length("offsets") == 0, "offsets");
    want(length("input") % length("factors") == 0, "factors");
    want_length("output", length("input"));
    want_apart("offsets", false);
    want_apart("factors", false);
    want_apart("input", true);
  }

  void signal() const {
    if (block_.word == "moving{") return moving();
    if (block_.word == "fft{") return transforms();
    if (!block_.values.contains("columns")) {  // power{ and magnitude{
      want(length("input") % 2 == 0, "input");
      want_length("output", length("input") / 2);
      return want_apart("input", false);
    }
    const std::int64_t row = block_.value("columns") == 0 ? length("input") : block_.value("columns");
    want(length("input") % row == 0 && (row <= 65535 || block_.has("edges")), "columns");
    const bool shapes = block_.word == "window{";
    for (const char* field : {"frequencies", "edges"}) {
      if (!block_.has(field)) continue;
      const std::int64_t results = length(field) - (block_.has("edges") ? 2 : 0);
      want(results > 0, field);
      want_length("output", length("input") / row * results);
      want_apart(field, false);
    }
    if (shapes) want_length("output", length("input"));
    want_apart("input", shapes);
  }

  void moving() const {
    const std::int64_t spare = length("input") - block_.value("length");
    want(spare >= 0, "length");
    want_length("output", (spare / block_.value("step") + 1) * (block_.value("of") == 5 ? 5 : 1));
    want_apart("input", false);
  }

  void transforms() const {
    const std::int64_t size = block_.value("size");
    want((size & (size - 1)) == 0, "size");
    const bool real = block_.value("samples") == 0;
    const std::int64_t row = real ? size : 2 * size;
    want(length("input") % row == 0, "input");
    want_length("output", length("input") / row * (real ? size + 2 : row));
    want_apart("input", false);
  }

  void run_fits(const char* field, const char* array) const {
    const std::int64_t run = block_.value("length"), rows = block_.value("rows");
    // 2^62 at most, and two numbers of 31 bits.
    want((rows - 1) * block_.value(field, 1) + block_.value(field, 0) + run <= length(array), field);
  }

  void moved() const {
    const bool copies = block_.has("input");
    if (copies) {
      const Region &a = region("output"), &b = region("input");
      if (a.bits != b.bits || a.floats != b.floats) throw InvalidText("an array of another type");
      run_fits("from", "input");
    }
    run_fits("to", "output");
    want(block_.value("rows") == 1 || block_.value("to", 1) >= block_.value("length"), "to");
    if (copies) want_apart("input", false);
  }

  const Block& block_;
  const std::vector<Region>& regions_;
};

}  // namespace

std::int64_t Windows::taps_inside(std::int64_t window) const {
  std::int64_t count = 0;
  for (std::int64_t tap = 0; tap < kernel; ++tap) count += inside(window, tap) ? 1 : 0;
  return count;
}

Windows windows_of(const Block& block, bool across) {
  const std::size_t k = across ? 1 : 0;
  Windows windows{block.value("size", k),     block.value("kernel", k), block.value("stride", k),
                  block.value("dilation", k), block.value("pads", k),   0};
  const std::int64_t span = (windows.kernel - 1) * windows.dilation + 1;
  std::int64_t behind = block.value("pads", k + 2);
  if (block.value("padding") == 1) {
    for (std::size_t side = 0; side < 4; ++side) want(block.value("pads", side) == 0, "pads");
    while (windows.count * windows.stride < windows.size) ++windows.count;
    const std::int64_t lacks = (windows.count - 1) * windows.stride + span - windows.size;
    windows.before = lacks > 0 ? lacks / 2 : 0;
    behind = 0;
  } else if (windows.size + windows.before + behind >= span) {
    windows.count = (windows.size + windows.before + behind - span) / windows.stride + 1;
  }
  want(windows.count >= 1 && windows.count <= 65535 && span <= 65535 && windows.before < span && behind < span,
       "kernel");
  return windows;
}

void check_block(const Block& block, const std::vector<Region>& regions) { Check(block, regions).run(); }

}  // namespace mica::oracle
