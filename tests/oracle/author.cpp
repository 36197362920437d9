#include "tests/oracle/author.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "tests/oracle/reader.hpp"
#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

namespace {

struct Account {
  std::string_view word;
  unsigned takes;
  unsigned leaves;
  unsigned ticks;
};

constexpr std::array<Account, 179> accounts{
    {{"dup", 1, 2, 1},        {"drop", 1, 0, 1},       {"swap", 2, 2, 1},        {"over", 2, 3, 1},
     {"+", 2, 1, 1},          {"-", 2, 1, 1},          {"*", 2, 1, 1},           {"/", 2, 1, 1},
     {"=", 2, 1, 1},          {"<", 2, 1, 1},          {">", 2, 1, 1},           {"0=", 1, 1, 1},
     {"@", 1, 1, 1},          {"!", 2, 0, 1},          {"cell+", 2, 1, 1},       {"read", 2, 1, 6},
     {"relu", 1, 1, 1},       {".", 1, 0, 8},          {"cr", 0, 0, 4},          {"vecfold", 4, 0, 24},
     {"sin", 1, 1, 6},        {"log", 1, 1, 6},        {"sigmoid", 1, 1, 8},     {"vecload", 3, 0, 16},
     {"vecscale", 3, 0, 16},  {"vecadd", 4, 0, 16},    {"vecmul", 4, 0, 16},     {"vecmap", 4, 0, 16},
     {"vecconv", 8, 0, 40},   {"vecreduce", 4, 2, 16}, {"vecreshape", 3, 0, 16}, {"vecprint", 1, 0, 16},
     {"lowp", 4, 0, 16},      {"highp", 4, 0, 16},     {"hull", 4, 0, 16},       {"rounding", 1, 0, 4},
     {"saturation", 1, 0, 4}, {"i", 0, 1, 1},          {"end", 0, 0, 1},         {";", 0, 0, 1},
     {"return", 0, 0, 1},     {"if", 1, 0, 1},         {"else", 0, 0, 1},        {"endif", 0, 0, 0},
     {"begin", 0, 0, 0},      {"until", 1, 0, 1},      {"again", 0, 0, 1},       {"do", 2, 0, 1},
     {"loop", 0, 0, 1},       {"leave", 0, 0, 1},      {"number", 0, 1, 1},      {"rot", 3, 3, 1},
     {"-rot", 3, 3, 1},       {"nip", 2, 1, 1},        {"tuck", 2, 3, 1},        {"-dup", 1, 3, 1},
     {"pick", 1, 1, 1},       {"2dup", 2, 4, 1},       {"2drop", 2, 0, 1},       {"2swap", 4, 4, 1},
     {"2over", 4, 6, 1},      {"2rot", 6, 6, 1},       {">r", 1, 0, 1},          {"r>", 0, 1, 1},
     {"r", 0, 1, 1},          {"2>r", 2, 0, 1},        {"2r>", 0, 2, 1},         {"2r", 0, 2, 1},
     {">f", 1, 0, 1},         {"f>", 0, 1, 1},         {"f", 0, 1, 1},           {"fpick", 1, 1, 1},
     {"fdrop", 1, 0, 1},      {"j", 0, 1, 1},          {"mod", 2, 1, 1},         {"min", 2, 1, 1},
     {"max", 2, 1, 1},        {"and", 2, 1, 1},        {"or", 2, 1, 1},          {"xor", 2, 1, 1},
     {"<>", 2, 1, 1},         {"<=", 2, 1, 1},         {">=", 2, 1, 1},          {"u<", 2, 1, 1},
     {"u>", 2, 1, 1},         {"lshift", 2, 1, 1},     {"rshift", 2, 1, 1},      {"minus", 1, 1, 1},
     {"negate", 1, 1, 1},     {"abs", 1, 1, 1},        {"one", 0, 1, 1},         {"invert", 1, 1, 1},
     {"0<", 1, 1, 1},         {"0>", 1, 1, 1},         {"0<>", 1, 1, 1},         {"not", 1, 1, 1},
     {"2+", 4, 2, 1},         {"2-", 4, 2, 1},         {"2*", 4, 2, 2},          {"2/", 4, 2, 8},
     {"2mod", 4, 2, 8},       {"2min", 4, 2, 2},       {"2max", 4, 2, 2},        {"2and", 4, 2, 1},
     {"2or", 4, 2, 1},        {"2xor", 4, 2, 1},       {"2=", 4, 1, 1},          {"2<", 4, 1, 1},
     {"2>", 4, 1, 1},         {"2abs", 2, 2, 1},       {"2minus", 2, 2, 1},      {"2ext", 1, 2, 1},
     {"2red", 2, 1, 1},       {"2@", 1, 2, 2},         {"2!", 3, 0, 2},          {"2.", 2, 0, 20},
     {"base", 1, 0, 4},       {"out", 1, 0, 8},        {"while", 1, 0, 1},       {"repeat", 0, 0, 1},
     {"+loop", 1, 0, 1},      {"write", 3, 0, 9},      {"execute", 1, 0, 2},     {"host-add", 2, 1, 8},
     {"host-tell", 1, 0, 8},  {"host-pair", 0, 2, 8},  {"host-check", 1, 1, 8},  {".s", 1, 0, 16},
     {"s!", 2, 0, 16},        {"s@", 1, 1, 16},        {"yield", 0, 0, 4},       {"sleep", 1, 0, 8},
     {"start", 2, 1, 40},     {"every", 4, 1, 40},     {"self", 0, 1, 4},        {"kill", 1, 0, 24},
     {"supervise", 3, 0, 16}, {"on-trap", 1, 0, 16},   {"send", 2, 0, 20},       {"send?", 3, 1, 20},
     {"receive", 1, 1, 20},   {"receive?", 2, 2, 20},  {"sendn?", 3, 1, 120},    {"receiven?", 3, 1, 120},
     {"acquire", 1, 0, 20},   {"acquire?", 2, 1, 20},  {"release", 1, 0, 20},    {"await", 3, 0, 20},
     {"await?", 4, 1, 20},    {"event?", 2, 1, 20},    {"sendn", 3, 0, 16},      {"inp", 0, 0, 1},
     {"f+", 2, 1, 4},         {"f-", 2, 1, 4},         {"f*", 2, 1, 4},          {"f/", 2, 1, 5},
     {"f<", 2, 1, 4},         {"f=", 2, 1, 4},         {"f0<", 1, 1, 4},         {"f0=", 1, 1, 4},
     {"fnegate", 1, 1, 3},    {"fabs", 1, 1, 3},       {"fmin", 2, 1, 4},        {"fmax", 2, 1, 4},
     {"fsqrt", 1, 1, 24},     {"fexp", 1, 1, 48},      {"fln", 1, 1, 44},        {"fsin", 1, 1, 36},
     {"fcos", 1, 1, 36},      {"ftanh", 1, 1, 56},     {"fsigmoid", 1, 1, 56},   {"fround", 1, 1, 4},
     {"floor", 1, 1, 4},      {"s>f", 1, 1, 3},        {"f>s", 1, 1, 4},         {"f.", 1, 0, 36},
     {"try", 0, 0, 2},        {"catch", 0, 0, 1},      {"throw", 1, 0, 8}}};

// Words with the same effect and ticks as those that a program of rexa16 gives another meaning.
struct Twins {
  std::string_view word, other;
};
constexpr std::array<Twins, 4> twins{{{"hull", "lowp"}, {"log", "sin"}, {"vecmul", "vecadd"}, {"highp", "lowp"}}};

std::string with_trailer(std::string text) {
  text += '\n';
  std::array<char, 40> trailer{};
  std::snprintf(trailer.data(), trailer.size(), "endframe %zu %08X", text.size(), static_cast<unsigned>(crc32(text)));
  return text + trailer.data();
}

}  // namespace

Author::Author(std::uint64_t seed, const GeneratorSettings& settings)
    : settings_(settings),
      random_(seed * 0x2545F4914F6CDD1D + 1),
      writer_(random_, settings.cell_bits, settings.rexa),
      data_end_(settings.cell_bits / 8) {
  if (!settings_.rexa) settings_.allow_unbalanced = false;
  floats_ = has_floats(settings_.cell_bits, settings_.rexa);
  has_tasks_ = settings_.tasks > 1 && !settings_.near_limits && random_.percent(40);
  if (settings_.rexa && random_.percent(12)) redefined_ = random_.pick(twins).word;
  frame_.cells_max = settings.stack_cells / 2;
  frame_.ticks_max = settings.size == Size::small ? 6000 : 20000;
}

std::string Author::program() {
  const bool small = settings_.size == Size::small || settings_.near_limits;
  header();
  plan_trap();
  declare_at_start();
  if (plan_ == Plan::effect_mismatch || plan_ == Plan::stack_underflow) define_trap_word();
  const unsigned limits_at = settings_.near_limits ? random_.count(1, 8) : 0;
  const unsigned parts = small ? random_.count(6, 18) : random_.count(20, 60);
  for (unsigned left = parts; left > 0; --left) {
    part();
    if (left == limits_at) limits();
  }
  closing();
  std::string text = writer_.finish();
  return settings_.trailer && random_.percent(6) ? with_trailer(std::move(text)) : text;
}

void Author::header() {
  if (!settings_.header || !random_.percent(12)) return;
  writer_.raw("frame ");
  writer_.raw(new_name());
  writer_.raw(" ");
  writer_.raw(std::to_string(random_.below(300)));
  header_keys();
  writer_.raw(random_.percent(80) ? "\n" : "\r\n");
}

// Room enough for every program, and what every profile has.
void Author::header_keys() {
  static constexpr std::array<std::string_view, 9> keys{" stack 32",   " tasks 1",      " needs logic",
                                                        " needs text", " needs vector", " constants 6000",
                                                        " data 6000",  " needs host",   " stack 8"};
  for (unsigned left = random_.percent(50) ? 0 : random_.count(1, 3); left > 0; --left) writer_.raw(random_.pick(keys));
  if (!random_.percent(30)) return;
  exported_ = new_name();
  writer_.raw(" exports " + exported_);
}

void Author::part() {
  const unsigned which = random_.below(100);
  const bool has_wide_cells = settings_.cell_bits == 32;
  if (which < 22) {
    define();
    return call();
  }
  if (which < 32) return declare_something();
  if (which < 36) return plan_layer();
  if (which < 39) return plan_overlap();
  if (which < 46) return plan_vector();
  if (which < 48 && !settings_.rexa) return plan_map_that_raises();
  if (which < 60 && has_tasks_) return task_part();
  if (has_block("forest{", settings_.cell_bits, settings_.rexa) && random_.percent(has_wide_cells ? 36 : 6))
    return plan_block();
  statement();
}

void Author::closing() {
  if (plan_ != Plan::none && plan_in_ > 0) trap();
  keep_promises();
  if (random_.percent(40) && tasks_ == 1) last_cell();
  if (random_.percent(80)) print_rest();
  const unsigned ending = random_.below(100);
  if (ending < 12) return again_loop();
  if (ending > 35) return;
  op("end");
  dead_text();
}

void Author::print_rest() {
  while (scope_.depth > 0) op(".");
  op("cr");
}

void Author::account(unsigned takes, unsigned leaves, std::uint64_t ticks) {
  // A mistake of the generator itself, not a bad program.
  if (scope_.depth < takes) throw std::logic_error("generator takes more cells than there are");
  scope_.depth = scope_.depth - takes + leaves;
  frame_.ticks += scope_.times * ticks;
  frame_.peak = std::max(frame_.peak, scope_.all() + scope_.more + scope_.loop_cells());
}

void Author::op(std::string_view word) {
  for (const Twins& pair : twins)
    if (word == redefined_ && word == pair.word) word = pair.other;
  const auto* entry = std::find_if(accounts.begin(), accounts.end(), [&](const Account& a) { return a.word == word; });
  if (entry == accounts.end()) throw std::logic_error("generator uses an unknown word");
  writer_.word(word);
  account(entry->takes, entry->leaves, entry->ticks);
}

bool Author::room(unsigned cells) const {
  return scope_.all() + scope_.more + scope_.loop_cells() + cells <= frame_.cells_max;
}

// Room for cells that may pile up each time the text here is reached.
bool Author::room_each_time(unsigned cells) const {
  const std::uint64_t times = std::clamp<std::uint64_t>(scope_.times, 1, 1000);
  return room(static_cast<unsigned>(cells * times));
}

bool Author::affordable(std::uint64_t ticks) const { return frame_.ticks + scope_.times * ticks <= frame_.ticks_max; }

void Author::choose(const std::vector<Choice>& choices) {
  unsigned total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  unsigned at = random_.below(total);
  for (const Choice& choice : choices) {
    if (at < choice.weight) return (this->*choice.statement)();
    at -= choice.weight;
  }
}

void Author::statement() {
  static const std::vector<Choice> straight{
      {18, &Author::push_value}, {14, &Author::transform},  {16, &Author::combine},
      {10, &Author::shuffle},    {12, &Author::store},      {8, &Author::print},
      {2, &Author::comment},     {14, &Author::more_words}, {6, &Author::named_words},
      {10, &Author::maybe_raise}};
  static const std::vector<Choice> all{
      {14, &Author::push_value}, {10, &Author::transform},  {10, &Author::combine}, {6, &Author::shuffle},
      {10, &Author::store},      {6, &Author::print},       {1, &Author::comment},  {14, &Author::branch},
      {9, &Author::do_loop},     {5, &Author::until_loop},  {14, &Author::call},    {6, &Author::way_out},
      {6, &Author::vecfold},     {5, &Author::vector_word}, {2, &Author::stretch},  {1, &Author::declare_inside},
      {16, &Author::more_words}, {8, &Author::named_words}, {9, &Author::try_block},  {4, &Author::maybe_raise}};
  if (plan_in_ > 0 && scope_.times > 0 && !straight_ && --plan_in_ == 0) return trap();
  if (!affordable(40)) return;
  choose(straight_ || scope_.nest >= 4 ? straight : all);
}

void Author::block(unsigned statements) {
  for (; statements > 0 && !scope_.dead; --statements) statement();
}

// Brings the depth to the given one, with whatever words do it.
void Author::settle(unsigned depth) {
  while (scope_.depth > depth) {
    const unsigned way = random_.below(10);
    if (way < 4 && scope_.depth >= 2) {
      combine();
    } else if (way < 5 && affordable(20)) {
      op(".");
    } else {
      op("drop");
    }
  }
  while (scope_.depth < depth) value();
}

std::string generate(std::uint64_t seed, const GeneratorSettings& settings) { return Author(seed, settings).program(); }

}  // namespace mica::oracle
