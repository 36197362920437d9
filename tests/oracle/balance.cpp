#include "tests/oracle/balance.hpp"

#include <algorithm>
#include <optional>

#include "tests/oracle/host.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

struct Imbalance {
  std::string why;
};

Effect vector_effect(Kind kind) {
  switch (kind) {
    case Kind::sin:
    case Kind::log:
    case Kind::sigmoid: return {1, 1};
    case Kind::vecload:
    case Kind::vecscale:
    case Kind::vecreshape: return {3, 0};
    case Kind::vecconv: return {8, 0};
    case Kind::vecreduce: return {4, 2};
    case Kind::vecprint:
    case Kind::rounding:
    case Kind::saturation: return {1, 0};
    case Kind::vecmap: return {4, 5};
    default: return {4, 0};
  }
}

std::optional<Effect> effect_of_moves(Kind kind) {
  switch (kind) {
    case Kind::dup: return Effect{1, 2};
    case Kind::dup_twice: return Effect{1, 3};
    case Kind::swap: return Effect{2, 2};
    case Kind::over:
    case Kind::tuck: return Effect{2, 3};
    case Kind::two_dup: return Effect{2, 4};
    case Kind::rot:
    case Kind::minus_rot: return Effect{3, 3};
    case Kind::two_swap: return Effect{4, 4};
    case Kind::two_over: return Effect{4, 6};
    case Kind::two_rot: return Effect{6, 6};
    case Kind::map_next: return Effect{1, 1};
    case Kind::map_element: return Effect{5, 7};
    case Kind::map_store: return Effect{6, 5};
    case Kind::map_end: return Effect{5, 0};
    default: return std::nullopt;
  }
}

std::optional<Effect> effect_of_doubles(Kind kind) {
  if (kind >= Kind::double_plus && kind <= Kind::double_xor) return Effect{4, 2};
  switch (kind) {
    case Kind::extend:
    case Kind::double_fetch: return Effect{1, 2};
    case Kind::double_absolute:
    case Kind::double_minus: return Effect{2, 2};
    case Kind::double_store: return Effect{3, 0};
    case Kind::double_equal:
    case Kind::double_less:
    case Kind::double_greater: return Effect{4, 1};
    default: return std::nullopt;
  }
}

std::optional<Effect> effect_of_tasks(Kind kind) {
  switch (kind) {
    case Kind::yield: return Effect{0, 0};
    case Kind::sleep: case Kind::kill: case Kind::on_trap: case Kind::acquire:
    case Kind::release: return Effect{1, 0};
    case Kind::self: return Effect{0, 1};
    case Kind::receive: return Effect{1, 1};
    case Kind::send: return Effect{2, 0};
    case Kind::receive_in_time: return Effect{2, 2};
    case Kind::every: return Effect{4, 1};
    case Kind::supervise:
    case Kind::await: return Effect{3, 0};
    case Kind::send_in_time: case Kind::send_all: case Kind::receive_all: return Effect{3, 1};
    case Kind::await_in_time: return Effect{4, 1};
    case Kind::event: return Effect{2, 1};
    default: return std::nullopt;
  }
}

Effect effect_of(Kind kind) {
  if (const auto effect = effect_of_tasks(kind)) return *effect;
  if (const auto effect = effect_of_moves(kind)) return *effect;
  if (const auto effect = effect_of_doubles(kind)) return *effect;
  if (kind >= Kind::float_below_zero && kind <= Kind::from_float) return {1, 1};
  const bool vectors = kind >= Kind::vecfold && kind <= Kind::saturation;
  if (vectors || (kind >= Kind::sin && kind <= Kind::sigmoid)) return vector_effect(kind);
  switch (kind) {
    case Kind::drop:
    case Kind::dot:
    case Kind::out:
    case Kind::float_dot:
    case Kind::base:
    case Kind::to_r:
    case Kind::to_f:
    case Kind::f_drop:
    case Kind::plus_loop:
    case Kind::throw_:
    case Kind::if_:
    case Kind::while_:
    case Kind::until: return {1, 0};
    case Kind::zero_equal:
    case Kind::fetch:
    case Kind::relu:
    case Kind::pick:
    case Kind::f_pick:
    case Kind::minus_sign:
    case Kind::negate:
    case Kind::absolute:
    case Kind::invert:
    case Kind::zero_less:
    case Kind::zero_greater:
    case Kind::zero_differs:
    case Kind::logical_not: return {1, 1};
    case Kind::write: return {3, 0};
    case Kind::store:
    case Kind::two_to_r:
    case Kind::two_drop:
    case Kind::double_dot:
    case Kind::do_: return {2, 0};
    case Kind::two_from_r:
    case Kind::two_r: return {0, 2};
    case Kind::index:
    case Kind::outer_index:
    case Kind::f:
    case Kind::from_f:
    case Kind::from_r:
    case Kind::r:
    case Kind::one:
    case Kind::token:
    case Kind::number: return {0, 1};
    case Kind::print_text: case Kind::layer:
    case Kind::cr:
    case Kind::end:
    case Kind::else_:
    case Kind::again:
    case Kind::repeat:
    case Kind::loop:
    case Kind::leave:
    case Kind::return_:
    case Kind::try_:
    case Kind::catch_:
    case Kind::semicolon: return {0, 0};
    default: return {2, 1};
  }
}

// Cells that a word moves to the loop stack; fdrop and ways that go elsewhere apart.
int loop_cells_of(Kind kind) {
  if (kind == Kind::to_f) return 1;
  if (kind == Kind::from_f) return -1;
  return kind == Kind::do_ ? 2 : 0;
}

// Cells of the loop stack that it looks at.
int loop_need_of(const SourceWord& word) {
  switch (word.kind) {
    case Kind::outer_index: return 4;
    case Kind::loop:
    case Kind::plus_loop: return 2;
    case Kind::leave: return word.value != 0 ? 2 : 0;
    case Kind::index:
    case Kind::f:
    case Kind::from_f: return 1;
    default: return 0;
  }
}

// Of both stacks, relative to those at the start of a definition.
struct Depths {
  int cells = 0;
  int loops = 0;
  bool operator==(const Depths&) const = default;
};

// The lower one of two places, in each stack.
Depths lower(const Depths& a, const Depths& b) { return {std::min(a.cells, b.cells), std::min(a.loops, b.loops)}; }

// From `try` to the word before `end` nothing below these depths is taken.
struct OpenTry {
  std::size_t end;
  Depths depths;
};

// What a definition comes to, as far as it can be known while compiling.
struct Known {
  bool usable = false;  // false: it is not balanced and does not declare what it comes to
  bool returns = false;
  Effect effect;        // what a call takes, on the deepest of its ways, and leaves
  int loops_taken = 0;  // of the loop stack
  int loops_left = 0;   // more than there were
  bool sure = false;    // it is known of each way, not only declared; also of the words that it calls
};

// Goes over one definition once. Depths are relative to that at its start.
class Scan {
 public:
  Scan(const Program& program, const Settings& settings, std::size_t self, const std::vector<Known>& known)
      : words_(program.definitions[self].words),
        tokens_(program.tokens),
        settings_(settings),
        self_(self),
        declared_(program.definitions[self].effect),
        known_(known),
        arriving_(words_.size() + 1),
        here_(words_.size()),
        heads_(words_.size()) {
    for (std::size_t at = 0; at < words_.size(); ++at)
      if (repeats(words_[at].kind)) heads_[words_[at].target] = true;
  }

  Known run();

 private:
  static bool repeats(Kind kind) {
    return kind == Kind::until || kind == Kind::again || kind == Kind::repeat || kind == Kind::loop ||
           kind == Kind::plus_loop || kind == Kind::map_store;
  }
  void arrive(std::size_t at);
  void drop_loop_cells(std::size_t at);
  void take(int cells, int loop_cells);
  void word(std::size_t at);
  void call(std::size_t at, std::size_t callee);
  void execute(std::size_t at);
  void text(std::size_t at);
  void begin_try(std::size_t handler);
  void stay_in_try(std::size_t at);
  void go_to(std::size_t target);
  void back_to(std::size_t target, std::size_t at);
  void returns(std::size_t at);
  void ends(std::size_t at);
  void apply(const Effect& effect);
  Effect shown_effect(std::size_t at) const;
  [[noreturn]] void fail(std::size_t at, const char* what) const {
    throw Imbalance{std::string(what) + " at word " + std::to_string(at) + " of definition " + std::to_string(self_)};
  }

  const std::vector<SourceWord>& words_;
  const std::vector<std::size_t>& tokens_;
  const Settings& settings_;
  std::size_t self_;
  std::optional<Effect> declared_;
  const std::vector<Known>& known_;
  std::vector<std::optional<Depths>> arriving_;  // what jumps bring to a position
  std::vector<std::optional<Depths>> here_;      // what is found at a position
  std::vector<bool> heads_;                      // where loops begin
  std::vector<OpenTry> tries_;
  std::optional<Depths> result_;
  Depths depth_;
  Depths lowest_;
  bool sure_ = true;
  bool dead_ = false;
};

Known Scan::run() {
  for (std::size_t at = 0; at < words_.size(); ++at) {
    arrive(at);
    while (!tries_.empty() && tries_.back().end == at) tries_.pop_back();
    if (dead_) continue;
    here_[at] = depth_;
    take(0, loop_need_of(words_[at]));
    depth_.loops += loop_cells_of(words_[at].kind);
    word(at);
    stay_in_try(at);
  }
  if (self_ == 0 && lowest_.cells < 0) fail(0, "takes more than there is");
  Known known;
  known.usable = true;
  known.returns = result_.has_value();
  known.effect.takes = static_cast<std::size_t>(-lowest_.cells);
  known.effect.leaves = static_cast<std::size_t>((result_ ? result_->cells : 0) - lowest_.cells);
  known.loops_taken = -lowest_.loops;
  known.loops_left = result_ ? result_->loops : 0;
  known.sure = sure_;
  return known;
}

void Scan::arrive(std::size_t at) {
  if (const auto& way = arriving_[at]) {
    if (!dead_ && depth_ != *way) fail(at, "two depths");
    depth_ = *way;
    dead_ = false;
  }
}

// Looks down so many cells. The own dialect asks that there are none of the caller's loop stack among them.
void Scan::take(int cells, int loop_cells) {
  const Depths down{cells > 0 ? depth_.cells - cells : 0, loop_cells > 0 ? depth_.loops - loop_cells : 0};
  lowest_ = lower(lowest_, down);
  if (lowest_.loops < 0 && !settings_.rexa) fail(0, "nothing on the loop stack");
  if (!tries_.empty() && down.cells < tries_.back().depths.cells && cells > 0) fail(0, "takes what was below a try");
}

void Scan::apply(const Effect& effect) {
  take(static_cast<int>(effect.takes), 0);
  depth_.cells += static_cast<int>(effect.leaves) - static_cast<int>(effect.takes);
}

void Scan::word(std::size_t at) {
  const SourceWord& word = words_[at];
  if (word.kind == Kind::call) return call(at, static_cast<std::size_t>(word.value));
  if (word.kind == Kind::execute || word.kind == Kind::map_call) return execute(at);
  if (word.kind >= Kind::print_string && word.kind <= Kind::fetch_string) return text(at);
  if (word.kind == Kind::call_host) {
    const HostFunction& function = settings_.host.functions[static_cast<std::size_t>(word.value)];
    return apply({function.takes, function.leaves});
  }
  if (word.kind == Kind::dup_unless_zero) fail(at, "two depths");
  apply(effect_of(word.kind));
  switch (word.kind) {
    case Kind::f_drop: return drop_loop_cells(at);
    case Kind::if_:
    case Kind::map_next:
    case Kind::while_: return go_to(word.target);
    case Kind::try_: return begin_try(word.target);
    case Kind::leave: depth_.loops -= loop_need_of(word); [[fallthrough]];
    case Kind::catch_:
    case Kind::else_: go_to(word.target); break;
    case Kind::until: return back_to(word.target, at);
    case Kind::loop:
    case Kind::plus_loop: back_to(word.target, at); depth_.loops -= 2; return;
    case Kind::again:
    case Kind::map_store:
    case Kind::repeat: back_to(word.target, at); break;
    case Kind::return_:
    case Kind::semicolon: returns(at); break;
    case Kind::end: ends(at); break;
    default: return;
  }
  dead_ = true;
}

void Scan::call(std::size_t at, std::size_t callee) {
  if (callee == self_ && settings_.rexa) fail(at, "recursion");
  const Known& known = known_[callee];
  if (callee == self_) {
    if (!declared_ && !tries_.empty()) fail(at, "recursion in a try without an effect");
    apply(declared_ ? *declared_ : shown_effect(at));
  } else if (!known.usable) {
    fail(at, "calls a word that is not balanced");
  } else {
    take(0, known.loops_taken);
    apply(known.effect);
    depth_.loops += known.loops_left;
    sure_ = sure_ && known.sure;
    dead_ = !known.returns;
  }
}

// Of a number that stands right before it, on each way.
void Scan::drop_loop_cells(std::size_t at) {
  const bool counted = at > 0 && words_[at - 1].kind == Kind::number && !heads_[at] && !arriving_[at];
  if (!counted || words_[at - 1].value < 0) fail(at, "drops cells of the loop stack without a count");
  const auto count = static_cast<int>(words_[at - 1].value);
  take(0, count);
  depth_.loops -= count;
}

// At the top level what stands before it is known here, and only there.
void Scan::execute(std::size_t at) {
  apply({1, 0});
  if (words_[at].kind == Kind::map_call) return apply({1, 1});
  if (self_ != 0) fail(at, "executes a token");
  if (at == 0 || words_[at - 1].kind != Kind::token) return;
  const std::int64_t token = words_[at - 1].value;
  if (const HostFunction* const function = function_behind(settings_.host, token))
    return apply({function->takes, function->leaves});
  if (token < 0) return apply({1, 1});
  call(at, tokens_[static_cast<std::size_t>(token - 1)]);
}

// Likewise: the length stands before it, or it is written at once.
void Scan::text(std::size_t at) {
  const Kind kind = words_[at].kind;
  if (self_ != 0) fail(at, "moves a text");
  if (kind == Kind::fetch_string) return apply({1, 1});  // at least the length
  const bool fetched = kind == Kind::print_string && at > 0 && words_[at - 1].kind == Kind::fetch_string;
  if (fetched) return apply({1, 0});
  const std::size_t operands = kind == Kind::print_string ? 1 : 2;
  const std::int64_t length = at < operands ? 0 : words_[at - operands].value;
  const std::size_t cell_bytes = settings_.cell_bits / 8;
  apply({operands + (length > 0 ? (static_cast<std::size_t>(length) + cell_bytes - 1) / cell_bytes : 0), 0});
}

// The depth at the end of an earlier part of a branch that is still open.
Effect Scan::shown_effect(std::size_t at) const {
  for (std::size_t k = at; k > 0; --k) {
    const SourceWord& word = words_[k - 1];
    if (word.kind != Kind::else_ || word.target <= at || !here_[k - 1]) continue;
    return {static_cast<std::size_t>(-lowest_.cells), static_cast<std::size_t>(here_[k - 1]->cells - lowest_.cells)};
  }
  fail(at, "recursion without an effect");
}

// The handler finds what is here, and the code.
void Scan::begin_try(std::size_t handler) {
  tries_.push_back({handler, depth_});
  arriving_[handler] = Depths{depth_.cells + 1, depth_.loops};
}

void Scan::stay_in_try(std::size_t at) {
  if (!tries_.empty() && !dead_ && depth_.loops < tries_.back().depths.loops) fail(at, "takes loop cells below a try");
}

void Scan::go_to(std::size_t target) {
  auto& way = arriving_[target];
  if (way && *way != depth_) fail(target, "two depths");
  way = depth_;
}

void Scan::back_to(std::size_t target, std::size_t at) {
  if (here_[target] != depth_) fail(at, "loop body changes the depth");
}

void Scan::returns(std::size_t at) {
  if (result_ && *result_ != depth_) fail(at, "returns with two depths");
  if (depth_.loops != 0 && !settings_.rexa) fail(at, "leaves something on the loop stack");
  result_ = depth_;
}

void Scan::ends(std::size_t at) {
  const bool of_text = self_ == 0 && at + 1 == words_.size();
  if (of_text && depth_.loops != 0 && !settings_.rexa) fail(at, "leaves something on the loop stack");
}

// Throws where the word breaks a rule.
Known checked(const Program& program, const Settings& settings, std::size_t k, const std::vector<Known>& known) {
  const std::optional<Effect> declared = program.definitions[k].effect;
  Known found;
  try {
    found = Scan(program, settings, k, known).run();
  } catch (const Imbalance&) {
    if (!declared) throw;
    return {true, true, *declared};  // a word that cannot keep to the rules and says so
  }
  if (!declared) return found;
  const auto [takes, leaves] = found.effect;
  const bool as_declared =
      takes <= declared->takes && (!found.returns || leaves + declared->takes == declared->leaves + takes);
  if (!as_declared)
    throw Imbalance{"definition " + std::to_string(k) + " " + program.definitions[k].name +
                    " does not do what it declares"};
  found.effect = *declared;
  return found;
}

}  // namespace

std::string find_imbalance(std::string_view text, const Settings& settings) {
  const Program program = read_program(text, settings);
  std::vector<Known> known(program.definitions.size());
  try {
    for (std::size_t k = 1; k < known.size(); ++k) known[k] = checked(program, settings, k, known);
    checked(program, settings, 0, known);
  } catch (const Imbalance& imbalance) {
    return imbalance.why;
  }
  return "";
}

namespace {

Known known_of(const Program& program, const Settings& settings, std::size_t definition) {
  std::vector<Known> known(program.definitions.size());
  for (std::size_t k = 1; k <= definition; ++k) {
    try {
      known[k] = checked(program, settings, k, known);
    } catch (const Imbalance&) {
      known[k] = {};
    }
  }
  return known[definition];
}

}  // namespace

bool maps_cells(const Program& program, const Settings& settings, std::size_t definition) {
  const Known word = known_of(program, settings, definition);
  return word.sure && word.effect.takes <= 1 && word.effect.leaves == word.effect.takes && word.loops_taken == 0;
}

bool is_task_of(const Program& program, const Settings& settings, std::size_t definition, int cells) {
  const Known word = known_of(program, settings, definition);
  const bool ends_known = word.returns || program.definitions[definition].effect;
  return word.usable && word.effect.takes == cells && word.loops_taken == 0 &&
         (ends_known ? word.effect.leaves == 0 : cells == 0);
}

}  // namespace mica::oracle
