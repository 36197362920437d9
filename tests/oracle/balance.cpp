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

Effect effect_of(Kind kind) {
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
    case Kind::map_next: return {1, 1};
    case Kind::map_element: return {5, 7};
    case Kind::map_store: return {6, 5};
    case Kind::map_end: return {5, 0};
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
    case Kind::print_text:
    case Kind::cr:
    case Kind::end:
    case Kind::else_:
    case Kind::again:
    case Kind::repeat:
    case Kind::loop:
    case Kind::leave:
    case Kind::return_:
    case Kind::semicolon: return {0, 0};
    default: return {2, 1};
  }
}

// Cells that a word moves to the loop stack; fdrop and ways that go elsewhere apart.
int loop_cells_of(Kind kind) {
  if (kind == Kind::to_f) return 1;
  if (kind == Kind::from_f) return -1;
  if (kind == Kind::do_) return 2;
  return kind == Kind::loop || kind == Kind::plus_loop ? -2 : 0;
}

// Cells of the loop stack that it looks at.
int loop_need_of(Kind kind) {
  if (kind == Kind::outer_index) return 4;
  return kind == Kind::index || kind == Kind::f || kind == Kind::from_f ? 1 : 0;
}

// Of a word whose effect is not known.
constexpr std::size_t unknown_cells = ~std::size_t{0};

// Goes over one definition once. Depths are relative to that at its start.
class Scan {
 public:
  Scan(const Program& program, const Settings& settings, std::size_t self,
       const std::vector<std::optional<Effect>>& known)
      : words_(program.definitions[self].words),
        tokens_(program.tokens),
        settings_(settings),
        self_(self),
        declared_(program.definitions[self].effect),
        known_(known),
        arriving_(words_.size() + 1),
        here_(words_.size()) {}

  // None for a word that never returns.
  std::optional<Effect> run();
  std::size_t takes() const { return static_cast<std::size_t>(-lowest_); }

 private:
  void word(std::size_t at);
  void call(std::size_t at, std::size_t callee);
  void execute(std::size_t at);
  void text(std::size_t at);
  void go_to(std::size_t target);
  void back_to(std::size_t target, std::size_t at);
  void returns(std::size_t at);
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
  const std::vector<std::optional<Effect>>& known_;
  std::vector<std::optional<int>> arriving_;  // depth that jumps bring to a position
  std::vector<std::optional<int>> here_;      // depth found at a position
  std::optional<int> result_;
  int depth_ = 0;
  int lowest_ = 0;
  int loops_ = 0;
  bool dead_ = false;
};

std::optional<Effect> Scan::run() {
  for (std::size_t at = 0; at < words_.size(); ++at) {
    if (arriving_[at]) {
      if (!dead_ && depth_ != *arriving_[at]) fail(at, "two depths");
      depth_ = *arriving_[at];
      dead_ = false;
    }
    if (!dead_) here_[at] = depth_;
    if (loops_ < loop_need_of(words_[at].kind)) fail(at, "nothing on the loop stack");
    loops_ += loop_cells_of(words_[at].kind);
    if (words_[at].kind == Kind::f_drop) loops_ -= static_cast<int>(words_[at - 1].value);
    if (!dead_) word(at);
  }
  if (loops_ != 0) fail(0, "leaves something on the loop stack");
  if (self_ == 0 && lowest_ < 0) fail(0, "takes more than there is");
  if (!result_) return std::nullopt;
  return Effect{static_cast<std::size_t>(-lowest_), static_cast<std::size_t>(*result_ - lowest_)};
}

void Scan::apply(const Effect& effect) {
  lowest_ = std::min(lowest_, depth_ - static_cast<int>(effect.takes));
  depth_ += static_cast<int>(effect.leaves) - static_cast<int>(effect.takes);
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
  apply(effect_of(word.kind));
  switch (word.kind) {
    case Kind::if_:
    case Kind::map_next:
    case Kind::while_: return go_to(word.target);
    case Kind::else_:
    case Kind::leave: go_to(word.target); break;
    case Kind::until:
    case Kind::loop:
    case Kind::plus_loop: return back_to(word.target, at);
    case Kind::again:
    case Kind::map_store:
    case Kind::repeat: back_to(word.target, at); break;
    case Kind::return_:
    case Kind::semicolon: returns(at); break;
    case Kind::end: break;
    default: return;
  }
  dead_ = true;
}

void Scan::call(std::size_t at, std::size_t callee) {
  if (callee == self_ && settings_.rexa) fail(at, "recursion");
  if (callee == self_) return apply(declared_ ? *declared_ : shown_effect(at));
  if (known_[callee] && known_[callee]->takes == unknown_cells) fail(at, "calls a word that is not balanced");
  if (known_[callee]) {
    apply(*known_[callee]);
  } else {
    dead_ = true;
  }
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
  if (kind == Kind::fetch_string) return apply({1, 0});
  const bool fetched = kind == Kind::print_string && words_[at - 1].kind == Kind::fetch_string;
  if (fetched) return;
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
    return {static_cast<std::size_t>(-lowest_), static_cast<std::size_t>(*here_[k - 1] - lowest_)};
  }
  fail(at, "recursion without an effect");
}

void Scan::go_to(std::size_t target) {
  if (arriving_[target] && *arriving_[target] != depth_) fail(target, "two depths");
  arriving_[target] = depth_;
}

void Scan::back_to(std::size_t target, std::size_t at) {
  if (here_[target] != depth_) fail(at, "loop body changes the depth");
}

void Scan::returns(std::size_t at) {
  if (result_ && *result_ != depth_) fail(at, "returns with two depths");
  result_ = depth_;
}

std::optional<Effect> checked(const Program& program, const Settings& settings, std::size_t k,
                              const std::vector<std::optional<Effect>>& known) {
  const std::optional<Effect> declared = program.definitions[k].effect;
  std::optional<Effect> found;
  try {
    found = Scan(program, settings, k, known).run();
  } catch (const Imbalance&) {
    if (!declared) throw;
    return declared;  // a word that cannot keep to the rules and says so
  }
  if (!declared || !found) return declared ? declared : found;
  const bool as_declared =
      found->takes <= declared->takes && found->leaves + declared->takes == declared->leaves + found->takes;
  if (!as_declared)
    throw Imbalance{"definition " + std::to_string(k) + " " + program.definitions[k].name +
                    " does not do what it declares"};
  return declared;
}

}  // namespace

std::string find_imbalance(std::string_view text, const Settings& settings) {
  const Program program = read_program(text, settings);
  std::vector<std::optional<Effect>> known(program.definitions.size());
  try {
    for (std::size_t k = 1; k < known.size(); ++k) known[k] = checked(program, settings, k, known);
    checked(program, settings, 0, known);
  } catch (const Imbalance& imbalance) {
    return imbalance.why;
  }
  return "";
}

bool maps_cells(const Program& program, const Settings& settings, std::size_t definition) {
  std::vector<std::optional<Effect>> known(program.definitions.size());
  for (std::size_t k = 1; k <= definition; ++k) {
    const std::optional<Effect> declared = program.definitions[k].effect;
    Scan scan(program, settings, k, known);
    std::size_t takes = 0;
    try {
      known[k] = scan.run();
      takes = known[k] ? known[k]->takes : scan.takes();
      if (declared) known[k] = declared;
    } catch (const Imbalance&) {
      known[k] = declared ? *declared : Effect{unknown_cells, 0};
      if (k == definition) return false;
    }
    if (declared) takes = declared->takes;
    if (k == definition) return takes <= 1 && (!known[k] || known[k]->leaves == known[k]->takes);
  }
  return false;
}

}  // namespace mica::oracle
