// Writes one random program. It keeps an account of what the text does: cells, ticks, calls, storage.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/author_parts.hpp"
#include "tests/oracle/generator.hpp"
#include "tests/oracle/random.hpp"
#include "tests/oracle/writer.hpp"

namespace mica::oracle {

class Author {
 public:
  Author(std::uint64_t seed, const GeneratorSettings& settings);
  std::string program();

 private:
  enum class Plan {
    none,
    divide_by_zero,
    invalid_address,
    invalid_handle,
    index_out_of_range,
    read_only,
    shape_mismatch,
    stack_underflow,
    effect_mismatch,
    loop_stack_underflow,
    return_stack_underflow,
    vector_operand,
    names
  };
  enum class Wrong { nothing, address, handle, table };
  using Statement = void (Author::*)();
  struct Choice {
    unsigned weight;
    Statement statement;
  };

  // author.cpp: the program as a whole, the words one by one
  void header();
  void header_keys();
  void part();
  void closing();
  void print_rest();
  void op(std::string_view word);
  void account(unsigned takes, unsigned leaves, std::uint64_t ticks);
  bool room(unsigned cells) const;
  bool room_each_time(unsigned cells) const;
  bool affordable(std::uint64_t ticks) const;
  void statement();
  void choose(const std::vector<Choice>& choices);
  void block(unsigned statements);
  void settle(unsigned depth);

  // author_values.cpp: straight-line text
  std::int64_t extreme();
  std::int64_t any_number();
  void number(std::int64_t value);
  void value(unsigned nesting = 0);
  void condition();
  void shrink_to(unsigned n);
  void divide();
  void fetch();
  void read_table();
  void element_address(const Storage& array, bool store);
  void unaligned_address(const Storage& array);
  void push_value();
  void transform();
  void function();
  void combine();
  void shuffle();
  void store();
  void print();
  void stretch();
  void comment();

  // author_control.cpp
  void branch();
  void branch_part(const Scope& before, unsigned target);
  void join(const Scope& before, const Scope& other);
  void do_loop();
  Bounds loop_bounds();
  int net_effect(const Scope& before, unsigned times);
  void begin_body(const Scope& before, unsigned times, int net);
  void finish_body(const Scope& before, unsigned times, int net);
  void end_body(const Scope& before, unsigned times, int net);
  void leave_at(std::int64_t index);
  void until_loop();
  void until_loop_by_stack();
  void loop_by_variable(bool is_while);
  const Storage* take_counter();
  void start_counter(const Storage& counter, unsigned times);
  void count_down(const Storage& counter);
  void again_loop();
  void way_out();
  void leave_or_return();
  bool may_return() const;
  bool may_leave() const;
  bool may_go_away() const;
  void back_out(unsigned depth);
  void dead_text();
  unsigned rounds();

  // author_more.cpp
  // The own dialect has all of a list, rexa16 the first of it.
  template <typename List>
  std::string_view word_of(const List& list, std::size_t of_rexa) {
    return list[random_.below(settings_.rexa ? of_rexa : list.size())];
  }
  void more_words();
  void change();
  void change_pair();
  void move();
  void double_number();
  void double_value();
  void double_words();
  void through_return_stack();
  void through_loop_stack();
  void number_base();

  // author_names.cpp
  void named_words();
  std::string some_text(unsigned length_max);
  unsigned quoted(std::string_view word, unsigned length_max);
  void print_text();
  void push_text();
  void text_in_memory();
  void print_string(unsigned cells);
  std::string word_around(std::string_view callee, std::string_view effect);
  void plan_map_by_word();
  void plan_map_by_host();
  void trap_text();
  void trap_map();
  void trap_host_map(const Storage& array);
  void write_element();
  bool may_execute() const;
  void push_token(std::int64_t token);
  void push_host_token(std::string_view name, unsigned percent_numbers = 20);
  void execute_function();
  void execute_host_function();
  void invoke(const Word& word);
  void define_apply();
  bool is_name(std::string_view name) const;
  void host_words();
  void host_array(unsigned which);
  void host_level();
  void trap_names();

  // author_exceptions.cpp
  void try_block();
  void catch_block(const Scope& before, unsigned target);
  void maybe_raise();
  void raise();
  void call_raising();
  void plan_map_that_raises();

  // author_tasks.cpp
  struct Shared {
    std::vector<Storage> storage;
    std::vector<Word> words;
    std::vector<Layer> layers;
    std::vector<VectorCall> vector_calls;
    unsigned plan_in;
    bool host;
  };
  void task_part();
  void task_words();
  void task_words_of_rexa();
  Shared put_aside();
  void take_back(Shared shared);
  template <class Body>
  std::string define_task(Body&& body);
  void push_name(const std::string& name);
  void start_at(const std::string& name);
  void some_text_of_task();
  void plain_task();
  void exchange();
  void send_or_receive(const std::string& word);
  std::string declare_counter();
  void count_up_to_three(const std::string& counter);
  void supervised_task();
  void periodic_task();

  // author_floats.cpp
  std::string float_text();
  void float_value();
  void float_words();
  void declare_floats();
  void float_constant(const std::string& name);

  // author_words.cpp
  void define();
  void define_plain(bool uses_callers_index, bool raises = false);
  void define_template(const Template& shape);
  void open_word(const std::string& name, unsigned takes, unsigned leaves, bool declare);
  void close_word(Word word, const Frame& outer_frame, const Scope& outer_scope);
  void word_end();
  std::string effect_items(unsigned takes, unsigned leaves);
  void text(std::string_view words, std::string_view self);
  void filler();
  void call();
  bool callable(const Word& word) const;
  void call_of(const Word& word);
  void spend(const Price& price, unsigned takes, const Word& word);
  std::string new_name();
  std::string name_for_definition();
  void hide(std::string_view name);

  // author_storage.cpp
  std::size_t declare_variable(bool is_private);
  std::size_t declare_array(unsigned length, bool is_private);
  std::size_t declare_elements(const std::vector<std::int64_t>& elements, bool is_private);
  std::size_t declare_table(const std::vector<std::int64_t>& elements);
  std::size_t declare_typed(const std::vector<std::int64_t>& elements);
  unsigned some_type(const std::vector<std::int64_t>& elements);
  void write_packed(const std::vector<std::int64_t>& elements, unsigned bytes);
  std::size_t remember(Storage::Kind kind, std::string name, unsigned length, bool is_private);
  void write_elements(const std::vector<std::int64_t>& elements);
  void declared_number(std::int64_t value);
  void declare_something();
  void declare_constant();
  void declare_double_variable();
  void declare_inside();
  void declare_at_start();
  void keep_promises();
  std::string storage_name();
  bool fits(unsigned cells) const;
  const Storage* some(Storage::Kind kind);
  void name_of(const Storage& storage);
  std::int64_t cell_bytes() const { return settings_.cell_bits / 8; }
  std::int64_t lowest() const { return -(std::int64_t{1} << (settings_.cell_bits - 1)); }

  // author_layers.cpp
  using Elements = std::vector<std::int64_t>;
  bool is_own(const Storage& one) const;
  void declare_view();
  std::size_t view_of(std::size_t base, unsigned first, unsigned count);
  std::size_t declare_of_type(bool table, unsigned bits, unsigned length, const Elements& elements);
  std::size_t array_of_int8(unsigned length, bool written);
  Elements some_bytes(unsigned length);
  std::pair<std::size_t, std::size_t> in_and_out(unsigned in, unsigned out, bool or_same);
  void field(std::string_view name, std::vector<std::int64_t> numbers);
  void field_choice(std::string_view name, std::string_view choice);
  void field_array(std::string_view name, std::size_t array);
  void field_elements(std::string_view name, unsigned bits, const Elements& elements, bool typed);
  std::int64_t some_multiplier();
  std::int64_t some_shift();
  void zeros_field(unsigned count);
  void clamp_field();
  void rounding_field();
  void scale_fields(std::string_view multiplier, std::string_view shift);
  void weight_fields(unsigned weights, unsigned outputs);
  unsigned window_fields(unsigned height, unsigned width, unsigned channels);
  void plan_block();
  void plan_convolution();
  void plan_connected();
  void plan_pool();
  void plan_activation();
  void plan_pair();
  void plan_rows();
  void plan_moves();
  bool has_room(unsigned bytes);
  void emit_layer(std::string_view word, const std::pair<std::size_t, std::size_t>& arrays);
  void emit_block(std::string_view word, std::size_t output, unsigned length, unsigned bits);
  void emit_fields(std::string_view word);
  void show_results(std::size_t output, unsigned length, unsigned bits);

  // author_classic.cpp
  struct Tree {
    Elements features, skips;
  };
  Elements some_elements_of(unsigned bits, unsigned count);
  void write_floats(unsigned count);
  std::size_t declare_float_array(bool table, unsigned count, bool zeros);
  void number_field(std::string_view name, unsigned bits, unsigned count, unsigned first);
  std::size_t result_array(unsigned bits, unsigned count);
  void grow(Tree& tree, unsigned inputs, unsigned rows, unsigned depth);
  void plan_forest();
  void plan_linear();
  void plan_scaler();
  void plan_normalizer();
  // author_float_layers.cpp
  void write_layer_floats(unsigned length);
  std::size_t declare_floats_of(bool table, unsigned length, bool zeros);
  std::size_t array_of_floats(unsigned length);
  std::pair<std::size_t, std::size_t> floats_in_and_out(unsigned in, unsigned out, bool or_same);
  void field_floats(std::string_view name, std::vector<std::string> texts);
  void field_float_elements(std::string_view name, unsigned length, bool is_new = false);
  void float_clamp_field(bool must_be);
  void plan_float_layer();
  void plan_float_convolution();
  void plan_float_connected();
  void plan_float_pool();
  void plan_float_activation();
  void plan_float_pair();
  void plan_float_rows();
  void plan_quantise();
  // author_signals.cpp
  Elements some_samples(unsigned length);
  std::size_t samples_of(unsigned length, bool written);
  void samples_in(unsigned length);
  void columns_field(unsigned columns, unsigned rows);
  std::size_t wide_results(unsigned length);
  void plan_moving();
  void plan_window();
  void plan_transform();
  void plan_sizes();
  void plan_tones();
  void plan_bands();
  void plan_signal();

  // author_vecfold.cpp
  void plan_layer();
  void plan_overlap();
  std::size_t some_array(unsigned length);
  std::size_t some_elements(unsigned length);
  std::vector<std::int64_t> elements(unsigned length);
  std::vector<std::int64_t> scales(unsigned length);
  void fill(Storage array);
  void vecfold();
  void vecfold_of(const Layer& layer);
  void push_operand(const Operand& operand);
  void push_scale(const Layer& layer);
  std::int64_t divisor();

  // author_vectors.cpp
  VectorPart array_part(unsigned length, bool written);
  VectorPart scale_part(unsigned count);
  unsigned vector_length();
  void plan_vector();
  void plan_vecload();
  void plan_map();
  void plan_combine();
  void plan_vecconv();
  std::array<VectorPart, 2> range_parts(unsigned length, bool counts);
  void plan_vecreduce();
  void plan_vecreshape();
  void plan_vecprint();
  void plan_filter();
  void vector_word();
  void vector_call_of(const VectorCall& call);
  void push_part(const VectorPart& part);
  void trap_vector();

  // author_traps.cpp
  void plan_trap();
  void define_trap_word();
  void trap();
  void trap_loop_stack();
  void trap_divide();
  void trap_address();
  void trap_handle();
  void trap_index();
  void trap_read_only();
  void trap_shape();
  void trap_weights_shape();
  void trap_scale_shape();
  void trap_underflow();
  void trap_by_word();
  std::int64_t no_address();
  std::int64_t no_handle();
  const Layer* plain_layer();
  bool wrong_operands(unsigned first, Wrong wrong);
  void wrong_operand(const Operand& right, Wrong wrong);
  void no_array();
  void last_cell();

  // author_limits.cpp
  void limits();
  void deep_recursion();
  void deep_calls();
  void many_cells();
  void many_loops();
  void many_kept();
  void endless();

  GeneratorSettings settings_;
  Random random_;
  Writer writer_;
  std::vector<Storage> storage_;
  std::vector<Word> words_;
  std::vector<Layer> layers_;
  std::vector<VectorCall> vector_calls_;
  std::vector<std::function<void()>> fields_;  // of the block that is planned
  bool plans_block_ = false;
  bool ends_called_ = false;  // a word that ends the program: no way may lead to what follows
  unsigned taps_ = 0;  // of its windows
  unsigned work_ = 0;  // at most; then units
  std::vector<std::string> names_;
  std::vector<Constant> constants_;
  std::int64_t data_end_;          // end of the storage handed out so far
  std::int64_t promised_end_ = 0;  // storage that must be handed out before the text ends
  unsigned tables_ = 0;
  unsigned promised_tables_ = 0;
  bool storage_complete_ = false;
  bool level_used_ = false;
  std::string redefined_;  // a word of the instruction set that is a name of this program of rexa16
  std::string exported_;
  bool has_tasks_ = false;  // this program has words for tasks
  unsigned tasks_ = 1;     // with the main one
  std::string semaphore_;  // that tasks hold
  bool in_task_ = false;   // the text of a task is written: names of others keep their meaning
  Plan plan_ = Plan::none;
  unsigned plan_in_ = 0;   // statements until the planned trap
  bool straight_ = false;  // no words with jumps: a straight line is being written
  bool floats_ = false;    // the programs have them
  bool risky_ = false;     // this program divides and computes addresses without care
  std::string trap_word_;
  unsigned trap_word_takes_ = 0;
  unsigned trap_word_leaves_ = 0;
  Frame frame_;
  Scope scope_;
};

}  // namespace mica::oracle
