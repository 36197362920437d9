// Read-only arrays that a host keeps, as in flash: a megabyte of them in a machine of two kilobytes, and a host that
// fails at any moment.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "jit/z85.hpp"
#include "tests/vm/bench.hpp"
#include "vm/name.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t megabyte = 1 << 20;

// A place of the host, which sees to it that the core keeps to the contract.
class Flash {
 public:
  explicit Flash(std::uint32_t capacity) : words_(capacity / 8 + 1), capacity_(capacity) {}

  Host services() {
    Host host;
    host.context = this;
    host.open_constants = [](void* context, std::uint8_t frame, std::uint32_t& capacity) {
      return static_cast<Flash*>(context)->open(frame, capacity);
    };
    host.write_constants = [](void* context, std::uint8_t frame, std::uint32_t offset, const std::byte* bytes,
                              std::uint32_t size) {
      return static_cast<Flash*>(context)->write(frame, offset, bytes, size);
    };
    host.close_constants = [](void* context, std::uint8_t frame, std::uint32_t size) {
      static_cast<Flash*>(context)->close(frame, size);
    };
    return host;
  }

  std::vector<std::byte> kept() const {
    const std::byte* const begin = reinterpret_cast<const std::byte*>(words_.data());
    return {begin, begin + kept_};
  }

  bool has_place = true;
  std::uint32_t writes_until_failure = 0xffffffff;
  unsigned opens = 0, closes = 0;
  std::uint32_t writes = 0;

 private:
  const std::byte* open(std::uint8_t frame, std::uint32_t& capacity) {
    CHECK(opens == closes);
    CHECK(frame == 0);
    if (!has_place) return nullptr;
    ++opens;
    written_ = kept_ = 0;
    capacity = capacity_;
    return reinterpret_cast<const std::byte*>(words_.data());
  }

  bool write(std::uint8_t frame, std::uint32_t offset, const std::byte* bytes, std::uint32_t size) {
    // One check for all: there are thousands of calls.
    const bool right = opens == closes + 1 && frame == 0 && offset == written_ && size > 0 && size <= 64 &&
                       size % 8 == 0 && offset + size <= capacity_;
    CHECK_MESSAGE(right, "write of " << size << " at " << offset << ", " << written_ << " were written");
    if (!right || writes++ >= writes_until_failure) return false;
    std::memcpy(reinterpret_cast<std::byte*>(words_.data()) + offset, bytes, size);
    written_ += size;
    return true;
  }

  void close(std::uint8_t frame, std::uint32_t size) {
    CHECK(frame == 0);
    CHECK(opens == ++closes);
    CHECK(size <= written_);
    kept_ = size;
  }

  std::vector<std::uint64_t> words_;
  std::uint32_t capacity_, written_ = 0, kept_ = 0;
};

std::uint8_t weight(std::uint32_t index) { return static_cast<std::uint8_t>(index * 31 + index / 256); }

// So many bytes as Z85, in lines of 100 characters.
std::string packed(std::uint32_t bytes) {
  std::string text;
  for (std::uint32_t at = 0; at < bytes; at += 4) {
    std::uint32_t group = 0;
    for (std::uint32_t k = 0; k < 4; ++k) group = group << 8 | (at + k < bytes ? weight(at + k) : 0);
    char characters[5];
    for (unsigned k = 5; k-- > 0; group /= 85) characters[k] = Z85::alphabet[group % 85];
    text.append(characters, 5);
    if (at % 80 == 76) text += '\n';
  }
  return text;
}

constexpr std::uint32_t code_bytes = 64, data_bytes = 8;  // asked for; the table of arrays lies with the code
constexpr std::string_view exported = "weights";

std::string frame_text(std::uint32_t bytes) {
  const std::string last = std::to_string(bytes - 1);
  return "frame net 1 code " + std::to_string(code_bytes) + " data " + std::to_string(data_bytes) + " exports " +
         std::string(exported) + "\ntable weights int8 packed " + std::to_string(bytes) + " \"" + packed(bytes) +
         "\"\nvar sum 0 weights read sum ! " + last + " weights read sum @ . .";
}

std::string expected_output(std::uint32_t bytes) {
  return std::to_string(static_cast<std::int8_t>(weight(0))) + " " +
         std::to_string(static_cast<std::int8_t>(weight(bytes - 1))) + " ";
}

const Profile& flash_profile() { return find_profile("flash"); }

// The least memory beside that of the machine in which a text compiles.
std::size_t least_pool(const Profile& profile, const std::string& text, Flash& flash) {
  for (std::size_t pool = 0;; pool += 8) {
    Bench bench(profile, {}, pool, flash.services());
    if (bench.load(text).error == 0) return pool;
    REQUIRE(pool < 4096);
  }
}

// The whole memory can be had again: nothing has been lost.
void check_next(Bench& bench, Flash& flash) {
  flash.writes_until_failure = 0xffffffff;
  flash.has_place = true;
  bench.output.clear();
  CHECK(describe(bench.engine(), bench.load(frame_text(1000))) == "");
  CHECK(bench.run_to_end(100));
  CHECK(bench.output == expected_output(1000));
  CHECK(flash.kept().size() == 1000);
  CHECK(flash.opens == flash.closes);
}

}  // namespace

TEST_CASE("a megabyte of constants takes no memory of the machine") {
  const Profile& profile = flash_profile();
  Flash flash(megabyte);
  // What the table holds does not count.
  const std::size_t pool = least_pool(profile, frame_text(1000), flash);
  const std::string text = frame_text(megabyte);
  Bench less(profile, {}, pool - 8, flash.services());
  CHECK(less.error_name(less.load(text)) != "");
  Bench bench(profile, {}, pool, flash.services());
  REQUIRE(describe(profile.engine, bench.load(text, {}, 64)) == "");
  REQUIRE(bench.run_to_end(100));
  CHECK(bench.state() == "ended");
  CHECK(bench.output == expected_output(megabyte));
  const std::vector<std::byte> kept = flash.kept();
  REQUIRE(kept.size() == megabyte);
  bool right = true;
  for (std::uint32_t k = 0; k < megabyte; ++k) right = right && static_cast<std::uint8_t>(kept[k]) == weight(k);
  CHECK(right);

  // All the memory that the machine and this frame want: its task, its tables, the compiler, the places of the frame's
  // arrays, its other names.
  const FrameReport frame = bench.frame();
  const std::size_t all = profile.engine.bytes_min + pool;
  const std::size_t name = vm::Name::bytes_for(exported.size());
  const std::size_t rest = all - frame.code_bytes - frame.data_bytes - name;
  MESSAGE("bytes: " << all << " in all, code " << frame.code_bytes << ", data "
                    << frame.data_bytes << ", exported names " << name << ", the rest " << rest);
  CHECK(rest <= 2048);
}

TEST_CASE("a megabyte takes as much memory of the machine as a kilobyte") {
  Flash flash(megabyte);
  for (const char* name : {"node32", "stm32f4"}) {
    INFO(name);
    const Profile& profile = find_profile(name);
    Bench bench(profile, {}, least_pool(profile, frame_text(1000), flash), flash.services());
    REQUIRE(describe(profile.engine, bench.load(frame_text(megabyte), {}, 64)) == "");
    REQUIRE(bench.run_to_end(100000));
    CHECK(bench.output == expected_output(megabyte));
  }
}

TEST_CASE("a header that asks for more than the place of the host is refused") {
  Flash flash(4096);
  const auto error = [&](const std::string& constants) {
    Bench bench(flash_profile(), {}, 600, flash.services());
    return describe(bench.engine(), bench.load("frame net 1 constants " + constants + "\ntable t int8 { 1 }"));
  };
  CHECK(error("8") == "");
  CHECK(error("4096 constants 8 constants 4096") == "");
  CHECK(error("4097") == "frame_too_large 1:23");
  CHECK(error("4294967295") == "frame_too_large 1:23");
  Bench without(flash_profile(), {}, 600);
  CHECK(describe(without.engine(), without.load("frame net 1 constants 4294967295")) == "frame_too_large 1:23");
}

TEST_CASE("the exported table lies where the host keeps it") {
  Flash flash(4096);
  Bench bench(flash_profile(), {}, 600, flash.services());
  REQUIRE(describe(bench.engine(), bench.load(frame_text(1000))) == "");
  const ExportReport report = bench.engine().find_export(bench.instance(), 0, exported);
  REQUIRE(report.kind == ExportReport::Kind::array);
  CHECK(report.array.count == 1000);
  CHECK(report.array.read_only);
  CHECK(static_cast<std::uint8_t>(report.array.elements[999]) == weight(999));
}

TEST_CASE("chunks of any size give the same constants and code") {
  const std::string text = frame_text(3001);
  Flash flash(4096);
  Bench whole(flash_profile(), {}, 600, flash.services());
  REQUIRE(describe(whole.engine(), whole.load(text)) == "");
  const std::vector<std::byte> kept = flash.kept();
  for (const std::size_t chunk : {1u, 2u, 3u, 7u}) {
    Flash other(4096);
    Bench bench(flash_profile(), {}, 600, other.services());
    REQUIRE(describe(bench.engine(), bench.load(text, {}, chunk)) == "");
    CHECK(other.kept() == kept);
    CHECK(bench.code() == whole.code());
  }
}

TEST_CASE("a write that fails at any call fails the text, and only that") {
  const std::string text = frame_text(1000);
  Flash counted(4096);
  Bench first(flash_profile(), {}, 600, counted.services());
  REQUIRE(first.load(text).error == 0);
  REQUIRE(counted.writes >= 1000 / 64);
  for (std::uint32_t good = 0; good < counted.writes; ++good) {
    CAPTURE(good);
    Flash flash(4096);
    flash.writes_until_failure = good;
    Bench bench(flash_profile(), {}, 600, flash.services());
    CHECK(bench.error_name(bench.load(text, {}, good % 5)) == "constants_full");
    CHECK(flash.opens == 1);
    CHECK(flash.closes == 1);
    CHECK(flash.kept().empty());
    CHECK(bench.state() == "absent");
    check_next(bench, flash);
  }
}

TEST_CASE("a host with too little room, or none") {
  const std::string text = frame_text(1000);
  for (const std::uint32_t capacity : {0u, 7u, 8u, 64u, 992u, 999u, 1000u, 1001u, 1008u}) {
    CAPTURE(capacity);
    Flash flash(capacity);
    Bench bench(flash_profile(), {}, 600, flash.services());
    const std::string error = bench.error_name(bench.load(text));
    // Of what is written by eights.
    CHECK(error == (capacity >= 1000 ? "" : "constants_full"));
    CHECK(flash.closes == 1);
  }
  Flash flash(4096);
  flash.has_place = false;
  Bench bench(flash_profile(), {}, 600, flash.services());
  CHECK(bench.error_name(bench.load(text)) == "constants_full");
  Bench ample(flash_profile(), {}, 1800, flash.services());
  CHECK(describe(ample.engine(), ample.load(text)) == "");
  CHECK(ample.run_to_end(100));
  CHECK(ample.output == expected_output(1000));
  CHECK(flash.closes == 0);
  Bench next(flash_profile(), {}, 600, flash.services());
  CHECK(next.error_name(next.load(text)) == "constants_full");
  check_next(next, flash);
}

TEST_CASE("a text that ends badly gives its constants back") {
  const std::string good = frame_text(1000);
  const std::string all[] = {good.substr(0, 200), good + " 1 foo", good + " 1 if", "table t int8 { 1 2 } foo",
                             "frame x 1 exports none\ntable t int8 { 1 2 3 }"};
  for (const std::string& bad : all) {
    CAPTURE(bad.size());
    Flash flash(4096);
    Bench bench(flash_profile(), {}, 600, flash.services());
    CHECK(bench.load(bad).error != 0);
    CHECK(flash.closes == 1);
    CHECK(flash.kept().empty());
    check_next(bench, flash);
  }
  // Given up before its end.
  Flash flash(4096);
  Bench bench(flash_profile(), {}, 600, flash.services());
  REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
  REQUIRE(bench.feed(std::string_view(good).substr(0, 400)).error == 0);
  check_next(bench, flash);
  CHECK(flash.closes == 2);
}
