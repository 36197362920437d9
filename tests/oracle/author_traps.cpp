// One trap per program that has been planned to trap. The text around it goes on as if nothing happened.
#include <algorithm>
#include <array>

#include "tests/oracle/author.hpp"

namespace mica::oracle {

namespace {

struct TrapWord {
  std::string_view body;
  unsigned takes;
  unsigned leaves;
};

// Called with numbers above 5 on the stack; none of these does what it declares.
constexpr std::array<TrapWord, 8> mismatching{{
    {"dup if 5 endif", 1, 1},
    {"?dup", 1, 1},
    {"dup 0 > if dup endif", 1, 1},
    {"if 1 endif", 1, 0},
    {"3 0 do i loop", 0, 1},
    {"begin dup 1 - dup 0= until", 1, 2},
    {"dup 3 > if 4 else 1 2 endif swap drop dup 1 > if dup endif", 1, 1},
    {"dup 5 > if drop endif", 1, 1},
}};

// These take cells until there are none.
constexpr std::array<TrapWord, 6> underflowing{{
    {"begin drop 0 until", 1, 0},
    {"begin . 0 until", 1, 0},
    {"begin + 0 until", 2, 1},
    {"begin swap drop 0 until", 2, 1},
    {"30000 0 do drop loop", 1, 0},
    {"begin if else endif 0 until", 1, 0},
}};

}  // namespace

void Author::plan_trap() {
  risky_ = random_.percent(4) && !has_tasks_;
  if (!random_.percent(settings_.trap_percent)) return;
  std::vector<Plan> plans{Plan::divide_by_zero, Plan::invalid_address,       Plan::invalid_handle,
                          Plan::shape_mismatch, Plan::loop_stack_underflow, Plan::return_stack_underflow,
                          Plan::vector_operand, Plan::vector_operand,       Plan::vector_operand,
                          Plan::vector_operand, Plan::names,                Plan::names,
                          Plan::names,          Plan::read_only};
  if (!settings_.rexa)
    plans.insert(plans.end(), {Plan::index_out_of_range, Plan::effect_mismatch});
  if (!settings_.rexa || settings_.allow_unbalanced) plans.push_back(Plan::stack_underflow);
  plan_ = random_.pick(plans);
  plan_in_ = random_.count(1, settings_.size == Size::small ? 25 : 80);
}

void Author::define_trap_word() {
  if (settings_.rexa) return;
  const bool mismatches = plan_ == Plan::effect_mismatch;
  const TrapWord shape = mismatches ? random_.pick(mismatching) : random_.pick(underflowing);
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  trap_word_ = new_name();
  trap_word_takes_ = shape.takes;
  trap_word_leaves_ = shape.leaves;
  open_word(trap_word_, shape.takes, shape.leaves, true);
  text(shape.body, trap_word_);
  writer_.word(";");
  frame_ = outer_frame;
  scope_ = outer_scope;
}

void Author::trap() {
  plan_in_ = 0;
  switch (plan_) {
    case Plan::none:
      return;
    case Plan::divide_by_zero:
      return trap_divide();
    case Plan::invalid_address:
      return trap_address();
    case Plan::invalid_handle:
      return trap_handle();
    case Plan::index_out_of_range:
      return trap_index();
    case Plan::read_only:
      return trap_read_only();
    case Plan::shape_mismatch:
      return trap_shape();
    case Plan::names:
      return trap_names();
    case Plan::vector_operand:
      return trap_vector();
    case Plan::stack_underflow:
      return settings_.rexa ? trap_underflow() : trap_by_word();
    case Plan::effect_mismatch:
      return trap_by_word();
    case Plan::loop_stack_underflow:
      return trap_loop_stack();
    case Plan::return_stack_underflow:
      return text(random_.percent(50) ? "begin r> drop 0 until" : "begin r> r drop drop 0 until", "");
  }
}

void Author::trap_loop_stack() {
  if (settings_.rexa && settings_.allow_unbalanced && random_.percent(50))
    return text("begin f> drop 0 until", "");
  number(random_.percent(50) ? random_.between(-3, 0) : random_.between(300, 3000));
  op("fpick");
  op("drop");
}

void Author::trap_divide() {
  value();
  if (random_.percent(50)) {
    number(0);
  } else {
    value();
    op("dup");
    op("-");
  }
  op("/");
  op("drop");
}

// A number that is no address of a cell in any program of this generator.
std::int64_t Author::no_address() {
  const std::int64_t beyond = settings_.data_bytes + 100;
  const std::array<std::int64_t, 9> choices{
      0, 1, cell_bytes() - 1, -1, -cell_bytes(), lowest(), -lowest() - 1, beyond, lowest() + 1};
  return random_.pick(choices);
}

std::int64_t Author::no_handle() {
  // To words on integers an array of floats is none.
  const Storage* floats = some(random_.percent(50) ? Storage::Kind::floats : Storage::Kind::float_table);
  if (floats != nullptr && random_.percent(40)) return floats->address;
  const std::int64_t far = lowest() + 100 + random_.below(100);
  const std::array<std::int64_t, 4> choices{-1, far, far, settings_.rexa ? lowest() + 50 : -2};
  return random_.pick(choices);
}

void Author::trap_address() {
  const unsigned kind = random_.below(10);
  if (kind < 4 && wrong_operands(random_.below(4), Wrong::address)) return;
  const bool stores = random_.percent(50);
  if (stores) value();
  const Storage* array = some(Storage::Kind::array);
  if (kind < 7 && array != nullptr) {
    name_of(*array);
    const std::int64_t far = settings_.data_bytes;
    number(random_.percent(50) ? -far : far);
    op("cell+");
  } else {
    number(no_address());
  }
  op(stores ? "!" : "@");
  if (!stores) op("drop");
}

void Author::trap_handle() {
  if (random_.percent(50) && wrong_operands(random_.below(3), Wrong::handle)) return;
  value();
  number(no_handle());
  op("read");
  op("drop");
}

void Author::trap_index() {
  const Storage* table = some(random_.percent(50) ? Storage::Kind::table : Storage::Kind::array);
  if (table == nullptr) return;
  const std::array<std::int64_t, 6> choices{-1,       table->length, table->length + 1,
                                            lowest(), -lowest() - 1, table->length};
  number(random_.pick(choices));
  name_of(*table);
  op("read");
  op("drop");
}

void Author::trap_read_only() {
  if (some(Storage::Kind::table) != nullptr && random_.percent(50)) {
    wrong_operands(2, Wrong::table);
    return;
  }
  trap_names();
}

// A layer whose arrays are there without further ado.
const Layer* Author::plain_layer() {
  for (const Layer& layer : layers_)
    if (layer.lengths.empty()) return &layer;
  return nullptr;
}

// vecfold with one operand wrong, and possibly some after it: the first one counts.
bool Author::wrong_operands(unsigned first, Wrong wrong) {
  static constexpr std::array<Wrong, 5> anything{Wrong::nothing, Wrong::nothing, Wrong::address,
                                                 Wrong::handle, Wrong::table};
  const Layer* layer = plain_layer();
  if (layer == nullptr) return false;
  const Layer kept = *layer;
  const std::array<Operand, 4> right{kept.in, kept.weights, kept.out, kept.scale};
  for (unsigned k = 0; k < 4; ++k)
    wrong_operand(right[k], k < first ? Wrong::nothing : k == first ? wrong : random_.pick(anything));
  op("vecfold");
  return true;
}

void Author::wrong_operand(const Operand& right, Wrong wrong) {
  const Storage* table = some(Storage::Kind::table);
  if (wrong == Wrong::address) return no_array();
  if (wrong == Wrong::handle) return number(no_handle());
  if (wrong == Wrong::table && table != nullptr) return name_of(*table);
  push_operand(right);
}

// An address that is no array: outside of the data, or with a wrong length below it.
void Author::no_array() {
  const Storage* array = some(Storage::Kind::array);
  if (array == nullptr || array->length < 2 || random_.percent(50)) {
    const std::array<std::int64_t, 5> addresses{1, cell_bytes(), 2 * cell_bytes() - 1,
                                                settings_.data_bytes + 50, -lowest() - 1};
    return number(random_.pick(addresses));
  }
  const std::array<std::int64_t, 5> lengths{0, -1, lowest(), settings_.data_bytes, -lowest() - 1};
  number(random_.pick(lengths));
  name_of(*array);
  op("!");
  name_of(*array);
  number(1);
  op("cell+");
}

void Author::trap_shape() {
  if (random_.percent(40)) return trap_scale_shape();
  trap_weights_shape();
}

void Author::trap_weights_shape() {
  for (unsigned left = 30; left > 0; --left) {
    const Storage* in =
        some(settings_.rexa || random_.percent(60) ? Storage::Kind::array : Storage::Kind::table);
    const Storage* weights =
        some(settings_.rexa || random_.percent(60) ? Storage::Kind::array : Storage::Kind::table);
    const Storage* out = some(Storage::Kind::array);
    if (in == nullptr || weights == nullptr || out == nullptr) continue;
    if (in->length * out->length == weights->length) continue;
    name_of(*in);
    name_of(*weights);
    name_of(*out);
    number(random_.percent(50) ? 0 : divisor());
    return op("vecfold");
  }
}

void Author::trap_scale_shape() {
  const Layer* layer = plain_layer();
  if (layer == nullptr) return trap_weights_shape();
  const Layer kept = *layer;
  for (const Storage& scale : storage_) {
    const bool fitting =
        scale.kind != Storage::Kind::variable && !scale.private_ && scale.length != kept.out_length;
    if (!fitting) continue;
    const Storage chosen = scale;
    push_operand(kept.in);
    push_operand(kept.weights);
    push_operand(kept.out);
    name_of(chosen);
    return op("vecfold");
  }
}

// Words off the account of cells.
void Author::trap_underflow() {
  struct Greedy {
    std::string_view word;
    unsigned takes;
  };
  static constexpr std::array<Greedy, 48> greedy{{{"dup", 1},
                                                  {"drop", 1},
                                                  {"swap", 2},
                                                  {"over", 2},
                                                  {"+", 2},
                                                  {"-", 2},
                                                  {"*", 2},
                                                  {"/", 2},
                                                  {"=", 2},
                                                  {"<", 2},
                                                  {">", 2},
                                                  {"0=", 1},
                                                  {"@", 1},
                                                  {"!", 2},
                                                  {"cell+", 2},
                                                  {"read", 2},
                                                  {"relu", 1},
                                                  {".", 1},
                                                  {"vecfold", 4},
                                                  {"if endif", 1},
                                                  {"begin until", 1},
                                                  {"do loop", 2},
                                                  {"+", 2},
                                                  {"+", 2},
                                                  {"rot", 3},
                                                  {"-dup", 1},
                                                  {"pick", 1},
                                                  {"2dup", 2},
                                                  {"2drop", 2},
                                                  {"2swap", 4},
                                                  {"2over", 4},
                                                  {"2rot", 6},
                                                  {">r", 1},
                                                  {"mod", 2},
                                                  {"min", 2},
                                                  {"abs", 1},
                                                  {"xor", 2},
                                                  {"0<", 1},
                                                  {"2+", 4},
                                                  {"2/", 4},
                                                  {"2=", 4},
                                                  {"2abs", 2},
                                                  {"2ext", 1},
                                                  {"2red", 2},
                                                  {"2.", 2},
                                                  {"out", 1},
                                                  {"begin while repeat", 1},
                                                  {"fpick", 1}}};
  const Greedy shape = random_.pick(greedy);
  const bool exact = !frame_.is_word && scope_.loops.empty() && scope_.more == 0;
  if (!exact || (shape.takes > 0 && scope_.all() < shape.takes && random_.percent(10)))
    return text("30000 0 do drop loop", "");
  const unsigned keep =
      shape.takes == 0 ? scope_.all() : random_.below(std::min(shape.takes, scope_.all() + 1));
  for (unsigned cells = scope_.all(); cells > keep; --cells) writer_.word("drop");
  text(shape.word, "");
}

void Author::trap_by_word() {
  const bool by_token = may_execute() && random_.percent(50);
  std::string name = trap_word_;
  if (by_token && random_.percent(40)) name = word_around(name, effect_items(trap_word_takes_, trap_word_leaves_));
  for (unsigned k = 0; k < trap_word_takes_; ++k) number(random_.between(6, 12));
  if (by_token) writer_.word("$");
  writer_.word(name);
  if (by_token) writer_.word("execute");
  account(trap_word_takes_, trap_word_leaves_, 60);
  for (unsigned k = 0; k < trap_word_leaves_; ++k) op("drop");
}

// The last cell of the storage and, rarely, what is just behind it.
void Author::last_cell() {
  const std::int64_t last = data_end_ - cell_bytes();
  if (last < cell_bytes()) return;
  const bool stores = random_.percent(50);
  if (stores) number(any_number());
  number(random_.percent(97) ? last : last + random_.count(1, static_cast<unsigned>(cell_bytes())));
  op(stores ? "!" : "@");
}

}  // namespace mica::oracle
