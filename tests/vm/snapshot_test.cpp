// Snapshots: a machine that is written out between two slices and taken up elsewhere does what it would have done.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "jit/crc32.hpp"
#include "tests/vm/programs.hpp"
#include "tests/vm/traveller.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

using Texts = std::vector<std::string>;

constexpr std::size_t pool_bytes = std::size_t{1} << 20;

// Messages, semaphores, periods, exceptions, sliced words, recursion, words whose depth is known only while they run,
// calls into another frame and by tokens: each of them in work at some slice boundary.
const Texts mixed_own = {
    "frame lib 1 exports scale exports digits\n"
    "array digits int16 { 3 1 4 1 5 9 2 6 }\n"
    ": scale ( n -- n ) 7 0 do dup 3 * swap 5 + swap 11 mod + 1000 mod loop ;\n"
    "begin 3 sleep again",
    "frame mixed 2 tasks 7 imports lib.scale imports lib.digits\n"
    "channel data 4 channel text 12 semaphore lock 1 var sum var rounds var v var w\n"
    "array in 40 array res 10 array weights int8 400 array message 5 array line 8\n"
    ": fib ( n -- n ) dup 2 < if else dup 1 - fib swap 2 - fib + endif ;\n"
    ": countdown ( n -- ) begin dup 0 > while 1 - repeat drop ;\n"
    ": odd-more ( n -- n n ) dup 1 and if dup 3 + else dup >r drop r> dup endif ;\n"
    ": add ( n -- ) sum @ + 9973 mod sum ! ;\n"
    ": risky ( n -- n ) v ! try v @ 4 mod 0 = if 7 throw endif v @ 4 mod 1 = if 1 v @ 1 - 4 mod / drop endif v @ "
    "scale\n"
    "  catch drop v @ endtry ;\n"
    ": deep ( n -- n ) w ! try try w @ risky 3 mod 0 = if 9 throw endif 5 fib w @ + catch drop 1 throw 0 endtry\n"
    "  catch drop w @ 2 + endtry ;\n"
    ": square dup * ;\n"
    ": producer 60 0 do i scale data send i 3 mod 0 = if yield endif loop ;\n"
    ": consumer 60 0 do data receive add lock acquire 40 countdown lock release loop ;\n"
    ": layers 6 0 do in weights res 0 vecfold 1 sleep in in in 0 vecadd res res $ square 0 vecmap loop ;\n"
    ": talker 8 0 do i 1 message write message text -1 sendn? drop loop ;\n"
    ": listener 8 0 do message text -1 receiven? drop 1 message read add loop ;\n"
    ": words ( n -- n ) drop $ square drop 5 $ square execute s\" tick tack\" line s! line s@ .s ;\n"
    ": beat rounds @ 1 + rounds ! 1 words drop ;\n"
    ": catcher 20 0 do i deep add i odd-more add drop loop 8 fib add ;\n"
    "40 0 do i 5 * i in write loop 400 0 do i i weights write loop\n"
    "$ producer 0 start $ consumer 1 start $ layers 0 start drop drop drop\n"
    "$ talker 2 start $ listener 0 start $ beat 3 5 0 every drop drop drop catcher\n"
    "lock acquire 300 countdown lock release 2 9 rounds 60000 await? . 17 fib . sum @ . rounds @ . .\" done\" cr",
};

// Tasks that trap, are told of and begin anew.
const Texts faults_own = {
    ": told ( n n -- ) . . ; $ told on-trap\n"
    ": bad 1 . 30 0 do i 20 > if 1 0 / drop endif loop ;\n"
    ": worse try 5 0 / drop catch . endtry 3 0 do loop 7 throw ;\n"
    "$ bad 1 start 5 2 supervise $ worse 2 9 4 every 3 1 supervise\n"
    "80 0 do 60 0 do i drop loop 3 sleep i . loop"};

// Depths that nobody knows before, and loops that change them.
const Texts mixed_rexa = {
    "array in { 1 2 3 4 } array res 4 array line 8\n: twice 2 * ;\n"
    "begin in res $ twice 0 vecmap in res in 0 vecadd s\" some text\" line s! line s@ .s 1 sleep again",
    ": grow 0 do i loop ;\n: shrink 0 do drop loop ;\n: fib dup 1 > if dup 1 - fib swap 2 - fib + endif ;\n"
    ": odd dup 1 and if dup dup else dup endif ;\n: tens 10 0 do i i >f f> + drop loop ;\n"
    "12 grow 7 shrink 9 fib . odd . . 6 0 do i odd drop loop .\" text\" tens 3 begin 1 - dup 0 = until . fib . . . cr\n"
    "30 0 do 20 0 do i grow i shrink loop 9 fib drop 3 odd drop drop drop loop 10 fib . cr\n"
    "25 0 do i begin dup 0 > while 1 - dup 3 > if dup endif repeat . loop cr",
};

// Longer runs, with other seeds: MICA_SEED, MICA_PROGRAMS for each profile, MICA_FORGED.
unsigned long from_environment(const char* name, unsigned long otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoul(text);
}

struct Run {
  const Profile& profile;
  const Texts& texts;
  std::uint32_t budget;
  bool fuse = true;
};

// Runs to the end and hops with one slice in `interval`; 0: never. Returns how often it has hopped.
unsigned travel(const Run& run, std::uint64_t seed, unsigned interval, std::string& description) {
  std::mt19937_64 random(seed);
  Traveller one(run.profile, "checked", pool_bytes);
  for (const std::string& text : run.texts)
    if (!one.load(text, {.fuse = run.fuse})) {
      description = one.problem;  // random programs nest deeper than the profile can
      return 0;
    }
  unsigned hops = 0;
  std::uint64_t ticks = 0;
  for (RunReport report; ticks < 3000000;) {
    report = one.run(run.budget);
    ticks += report.ticks + 1;
    if (report.idle) break;
    // A periodic task never ends: all is done when the main task of the last frame is over.
    if (is_over(one.bench().task(one.bench().frame(static_cast<std::uint8_t>(run.texts.size() - 1)).task).state)) break;
    if (interval == 0 || random() % interval != 0) continue;
    const bool decompiles = random() % 2 == 0;
    const bool hopped = one.hop(decompiles);
    REQUIRE_MESSAGE(hopped, one.problem << " in hop " << hops << " at tick " << ticks << " of " << run.texts.back());
    ++hops;
  }
  description = one.description();
  return hops;
}

struct Workload {
  const char* profile;
  const Texts& texts;
  unsigned hops_min;
};
const Workload workloads[] = {
    {"node32", mixed_own, 1000}, {"rexa16", mixed_rexa, 1000}, {"node32", faults_own, 200}, {"own16", faults_own, 200}};

}  // namespace

TEST_CASE("a mixed workload hops at 1,000 random points between machines and does the same") {
  for (const Workload& load : workloads) {
    unsigned hops = 0;
    for (const std::uint32_t budget : {1u, 7u, 100u}) {
      CAPTURE(load.profile);
      CAPTURE(budget);
      const Run run{find_profile(load.profile), load.texts, budget};
      std::string expected, got;
      travel(run, 1, 0, expected);
      hops += travel(run, budget, 100 / budget + 1, got);
      CHECK(got == expected);
      if (&load.texts != &faults_own)
        REQUIRE_MESSAGE(expected.find("trap") == std::string::npos, expected.substr(0, 1000));
    }
    CHECK_MESSAGE(hops >= load.hops_min, load.profile << ": " << hops);
  }
}

TEST_CASE("every example of the instruction set hops behind every tick") {
  for (const char* const name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    for (const Vector& vector : profile.vectors) {
      CAPTURE(vector.program);
      const Texts texts = {std::string(vector.program)};
      const Run run{profile, texts, 1};
      std::string expected, got;
      travel(run, 1, 0, expected);
      travel(run, 1, 1, got);
      CHECK(got == expected);
    }
  }
}

TEST_CASE("all frames of the tests, and random programs, hop and do the same") {
  std::vector<std::pair<std::string, std::string>> programs;
  for (const auto& file : std::filesystem::directory_iterator(MICA_FRAMES)) {
    if (file.path().extension() != ".mica") continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const bool rexa = text.find("profile: rexa16") != std::string::npos;
    programs.emplace_back(rexa ? "rexa16" : "node32", text);
  }
  REQUIRE(programs.size() >= 15);
  for (const std::string name : {"node32", "rexa16", "own16"})
    for (unsigned long k = 0, first = from_environment("MICA_SEED", 1); k < from_environment("MICA_PROGRAMS", 150); ++k)
      programs.emplace_back(name, generated_program(find_profile(name), first + k));
  unsigned hops = 0;
  for (std::size_t k = 0; k < programs.size(); ++k) {
    const std::string &name = programs[k].first, &text = programs[k].second;
    CAPTURE(text);
    CAPTURE(name);
    const Texts texts = {text};
    const Run run{find_profile(name), texts, k % 3 == 0 ? 1u : 7u, k % 2 == 0};
    std::string expected, got;
    travel(run, 1, 0, expected);
    hops += travel(run, k, 20, got);
    CHECK(got == expected);
  }
  MESSAGE(hops << " hops");
}

TEST_CASE("times go on by the clock of the machine that takes them up") {
  Time clock = 0;
  Host services;
  services.context = &clock;
  services.now = [](void* context, std::uint32_t ticks) { return *static_cast<Time*>(context) + ticks; };
  Traveller one(find_profile("node32"), "checked", pool_bytes, services);
  REQUIRE(
      one.load("var n : w n @ 1 + n ! ; $ w 0 10 4 every drop : late 30 sleep 7 . ; $ late 0 start drop 5 sleep 8 ."));
  const auto run_at = [&](Time time) {
    clock = time;
    RunReport report;
    do report = one.run(100);
    while (!report.idle);
    return report.wake;
  };
  const Time wake = run_at(1000);
  CHECK(wake / 1000 == 6);
  clock = 2000;
  const std::vector<std::byte> snapshot = one.save(false);
  clock = 900000;
  REQUIRE(one.restore(snapshot));
  CHECK(run_at(901000) == wake + 898000);
  CHECK(one.bench().output == "");
  run_at(904100);
  CHECK(one.bench().output == "8 ");
  run_at(930000);
  CHECK(one.bench().output == "8 7 ");
}

// The checksum as it should be, whatever lies before it.
void sign(std::vector<std::byte>& snapshot) {
  Crc32 crc;
  for (std::size_t k = 0; k + 4 < snapshot.size(); ++k) crc.add(std::to_integer<unsigned char>(snapshot[k]));
  for (unsigned k = 0; k < 4; ++k) snapshot[snapshot.size() - 4 + k] = static_cast<std::byte>(crc.value() >> 8 * k);
}

constexpr std::size_t identity_bytes = 8 * 4;

// Some bytes of what lies before the first text, mostly by a little.
void forge(std::vector<std::byte>& snapshot, std::size_t end, std::mt19937_64& random) {
  for (std::uint64_t k = random() % 3 + 1; k > 0; --k) {
    std::byte& byte = snapshot[identity_bytes + random() % (end - identity_bytes)];
    const auto value = std::to_integer<unsigned>(byte);
    const unsigned changes[] = {value + 1, value - 1, value ^ 1u << random() % 8, static_cast<unsigned>(random()),
                                0,         255};
    byte = static_cast<std::byte>(changes[random() % std::size(changes)]);
  }
  sign(snapshot);
}

// Takes it up, and if it is accepted runs it: no instruction may find less than it was promised.
bool withstands(Traveller& one, const std::vector<std::byte>& snapshot, std::mt19937_64& random, bool& is_accepted) {
  const std::unique_ptr<Bench> bench = one.make();
  is_accepted = one.restore(*bench, snapshot).empty();
  for (int slice = 0; is_accepted && slice < 200; ++slice)
    if (bench->run(static_cast<std::uint32_t>(random() % 20 + 1)).idle) break;
  for (std::uint8_t task = 0; task < bench->engine().tasks; ++task)
    if (bench->state(task) == "trap core_fault") return false;
  return true;
}

TEST_CASE("a snapshot that is forged can do no more than a program") {
  const unsigned long forgeries = from_environment("MICA_FORGED", 1000);
  std::mt19937_64 random(from_environment("MICA_SEED", 1));
  unsigned accepted = 0, refused = 0;
  for (const Workload& load : workloads) {
    const Profile& profile = find_profile(load.profile);
    const std::string name = load.profile;
    Traveller one(profile, "checked", pool_bytes);
    for (const std::string& text : load.texts) REQUIRE(one.load(text));
    for (unsigned long k = 0; k < forgeries; ++k) {
      if (k % 20 == 0)
        for (std::uint64_t slices = random() % 50; slices > 0; --slices) one.run(7);
      std::vector<std::byte> snapshot = one.save(false);
      REQUIRE(one.problem == "");
      const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
      forge(snapshot, bytes.find(load.texts.front().substr(0, 10)), random);
      bool is_accepted = false;
      if (!withstands(one, snapshot, random, is_accepted)) FAIL_CHECK(name << " forgery " << k);
      ++(is_accepted ? accepted : refused);
    }
  }
  CHECK(accepted > forgeries / 4);
  CHECK(refused > forgeries / 4);
}

// A short program, which is forged in the midst of all that it does.
struct Situation {
  const char* profile;
  const char* program;
};

const Situation situations[] = {
    {"node32", "channel c 120 array a 120 : w a c -1 sendn? drop ; $ w 0 start 40 0 do i drop loop kill"},
    {"node32",
     "var v : deep ( n -- n ) v ! 7 >r try 3 >r try 5 >r 1 0 / r> drop catch . 2 endtry r> drop catch . 4 endtry r> + "
     ";\n"
     ": w ( n -- ) deep . 7 >r try 90 0 do i drop loop catch . endtry r> drop ; 1 2 3 w"},
    {"node32", "var v : w 100 0 do i v ! 3 sleep loop ; $ w 2 5 4 every drop 40 0 v await 7 ."},
    {"node32",
     "channel c 2 : w c receive drop ; $ w 0 start $ w 0 start drop drop 1 sleep 5 0 do i drop loop 1 c send"},
    {"node32",
     ": odd ( n -- n n ) dup 1 and if dup 3 + else 9 0 do i drop loop dup endif ; : w ( n -- n ) odd + ; 4 w . 5 w ."},
    {"own16", ": odd ( n -- n n ) dup 1 and if dup 3 + else dup endif ; 9 0 do i drop loop 4 odd . . 5 odd . ."},
    {"node32", "array l 19 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"own16", "array l 30 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"rexa16", "array l 30 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"node32", "array a { 1 2 3 4 5 6 7 8 9 } array k { 1 2 3 4 } array o 16 a k o 0 3 2 1 1 vecconv o vecprint"},
    {"node32",
     "array a { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 } array o 32 a o 2 vecreshape array q 8 a q -2 vecreshape"},
    {"node32", "array a { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 } a 0 0 4 vecreduce . . a 0 0 300 lowp a vecprint"},
    {"node32", ": t ( n n -- ) . . ; $ t on-trap : w 1 0 / drop ; $ w 0 start 5 3 supervise 9 sleep"},
    {"node32", "semaphore s 1 : w s acquire s release ; $ w 0 start s acquire 20 0 do i drop loop s release"},
    {"rexa16",
     ": down dup 0 > if dup 1 - down endif ; : g 0 do i down loop ; 9 g 9 0 do drop i i loop begin drop dup 0 = until "
     ". .s"},
};

TEST_CASE("all of them hop behind every tick") {
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    const Texts texts = {situation.program};
    const Run run{find_profile(situation.profile), texts, 1};
    std::string expected, got;
    travel(run, 1, 0, expected);
    const unsigned hops = travel(run, 1, 1, got);
    CHECK(got == expected);
    CHECK(hops > 3);
  }
}

// Looks at some snapshots of the program in its course, and says where the text of its frame begins in them.
template <class Look>
void each_moment(const Situation& situation, unsigned moments, Look&& look) {
  Traveller one(find_profile(situation.profile), "checked", 1 << 16);
  REQUIRE_MESSAGE(one.load(situation.program), one.problem << situation.program);
  unsigned slices = 1;
  while (!one.run(1).idle && slices < 200) ++slices;
  Traveller again(find_profile(situation.profile), "checked", 1 << 16);
  REQUIRE(again.load(situation.program));
  for (unsigned slice = 0, moment = 1; slice < slices && moment <= moments; ++slice) {
    again.run(1);
    if (slice != slices * moment / (moments + 1)) continue;
    ++moment;
    const std::vector<std::byte> snapshot = again.save(false);
    const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
    const std::size_t text = bytes.rfind(std::string_view(situation.program).substr(0, 50));
    REQUIRE(text != std::string_view::npos);
    look(again, snapshot, text);
  }
}

TEST_CASE("each byte of a snapshot forged") {
  std::mt19937_64 random(1);
  const unsigned moments = from_environment("MICA_FORGED", 1000) > 1000 ? 20 : 3;
  const auto look = [&](Traveller& one, const std::vector<std::byte>& whole, std::size_t text) {
    for (std::size_t at = identity_bytes; at < text; ++at)
      for (const unsigned value : {0u, 1u, 255u, 256u, static_cast<unsigned>(random())}) {
        std::vector<std::byte> forged = whole;
        const unsigned was = std::to_integer<unsigned>(whole[at]);
        forged[at] = static_cast<std::byte>(value == 1 ? was + 1 : value == 256 ? was - 1 : value);
        sign(forged);
        bool is_accepted = false;
        if (!withstands(one, forged, random, is_accepted)) FAIL_CHECK(at << ": " << value);
      }
  };
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    each_moment(situation, moments, look);
  }
}

TEST_CASE("a task put at each place of its code") {
  std::mt19937_64 random(1);
  const auto look = [&](Traveller& one, const std::vector<std::byte>& whole, std::size_t) {
    // Behind the time, who ran last, the digest and the number of the slice come the tasks; a task's place lies behind
    // seven bytes.
    const std::size_t place_at = identity_bytes + 8 + 1 + 4 + 2 + one.bench().profile().limits.frames + 7;
    for (unsigned place = 0; place < one.bench().code(0).size() + 3; ++place) {
      std::vector<std::byte> forged = whole;
      forged[place_at] = static_cast<std::byte>(place & 255);
      forged[place_at + 1] = static_cast<std::byte>(place >> 8);
      sign(forged);
      bool is_accepted = false;
      if (!withstands(one, forged, random, is_accepted)) FAIL_CHECK("at " << place);
      if (place == one.bench().task(0).offset) CHECK(is_accepted);
    }
  };
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    each_moment(situation, 20, look);
  }
}

TEST_CASE("a snapshot that is forged in the midst of an instruction can do no more") {
  std::mt19937_64 random(from_environment("MICA_SEED", 1));
  for (const char* const name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    for (const Vector& vector : profile.vectors) {
      Traveller one(profile, "checked", pool_bytes);
      if (!one.load(std::string(vector.program))) continue;
      // All the slices of one instruction are looked at in the long run.
      const unsigned long interval = 20000 / from_environment("MICA_FORGED", 1000);
      for (unsigned slice = 0; slice < 2000; ++slice) {
        if (one.run(1).idle) break;
        if (interval > 1 && random() % interval != 0) continue;
        std::vector<std::byte> snapshot = one.save(false);
        REQUIRE(one.problem == "");
        const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
        forge(snapshot, bytes.rfind(vector.program.substr(0, 50)), random);
        bool is_accepted = false;
        if (!withstands(one, snapshot, random, is_accepted)) FAIL_CHECK(name << ": " << vector.program);
      }
    }
  }
}

TEST_CASE("a snapshot that is damaged is refused, and the machine stays empty") {
  const Profile& profile = find_profile("node32");
  Traveller one(profile, "checked", pool_bytes);
  for (const std::string& text : mixed_own) REQUIRE(one.load(text));
  for (int k = 0; k < 2000; ++k) one.run(7);
  const std::vector<std::byte> whole = one.save(false);
  REQUIRE(one.problem == "");
  const std::unique_ptr<Bench> bench = one.make();
  const auto refuses = [&](std::span<const std::byte> snapshot) {
    const std::string problem = one.restore(*bench, snapshot);
    return !problem.empty() && bench->engine().memory(bench->instance()).used_bytes == 0 && bench->state(0) == "absent";
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> damaged = whole;
    damaged[at] ^= static_cast<std::byte>(1u << at % 8);
    if (!refuses(damaged)) FAIL_CHECK("byte " << at);
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    if (!refuses(std::span(whole).first(size))) FAIL_CHECK("cut to " << size);
  // The machine is as good as new.
  CHECK(one.restore(*bench, whole) == "");
  CHECK(one.restore(*bench, whole) == "machine_in_use");
}
