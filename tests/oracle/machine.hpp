// Runs source words one by one. Nothing here is clever on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/oracle.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

// Thrown by the word that traps, before it does anything.
struct Trap {
  std::string_view name;
};
// Thrown by `throw`, with a code above 0.
struct Thrown {
  std::int64_t code;
};

std::uint64_t word_ticks(Kind kind);

// A machine counts so many more ticks at most for a trap that is caught, or behind which the task begins anew, and no
// fewer than were executed.
constexpr std::uint64_t uncounted = 128;

// A word that is called and has not returned.
struct Frame {
  const Definition* definition;
  std::size_t next;         // position of the next word
  std::size_t stack_depth;  // of the data stack when the word was called
};

// A try that is open: what is below cannot be taken, and comes back when something is raised.
struct Try {
  std::size_t calls, cells, loop_cells, kept;
  std::size_t handler;
};

// What each task has of its own.
struct Context {
  std::vector<std::int64_t> stack_;
  std::vector<std::int64_t> loops_;  // limit and index of each loop, and what programs put there
  std::vector<std::int64_t> kept_;   // what programs put on their return stack
  std::int64_t base_ = 0;
  std::vector<Frame> frames_;
  std::vector<Try> tries_;
  std::uint32_t digest_ = 0x811C9DC5;
  bool ended_ = false;
  bool rounding_ = false;
  bool saturation_ = false;
  Result result_;
};

constexpr std::uint64_t never = ~std::uint64_t{0};

// A task; time is counted in ticks, which are microseconds.
struct Task {
  enum class State { ready, sleeping, waiting, over } state = State::ready;
  Context context = {};  // while another one runs
  std::size_t definition = 0;
  std::int64_t priority = 0;
  std::uint64_t period = 0, deadline = 0;  // 0: none
  std::uint64_t release = 0, wake = never;
  std::function<bool()> comes = {};  // what it waits for
  bool limited = false;              // the word that waits has noted until when
  bool late = false;
  bool abandoned = false;
  std::size_t semaphore = 0;  // that it waits for, counted from 1
  std::int64_t restarts = 0, restarts_max = 0;
  std::uint64_t restart_delay = 0;  // before the first of them
  bool begins_anew = false;         // when it is its turn
  bool handles_traps = false;       // it was started to be told of one

  std::uint64_t due() const { return deadline == 0 ? never : release + deadline; }
};

// Thrown by a word that waits, before it does anything.
struct Waits {
  std::function<bool()> comes;
  std::int64_t milliseconds;
  std::size_t semaphore = 0;
};

class Machine : private Context {
 public:
  Machine(const Program& program, const Settings& settings);
  Result run();
  // The frame's test of itself, before it runs: what it has stored and written stays. Throws InvalidText if it fails.
  // False: it goes on for too long.
  bool test();
  bool saw_hidden() const { return saw_hidden_; }

 private:
  // No result of one step of a vector word leaves it.
  using Wide = __int128;
  // An array, resolved: what vector words work on.
  struct Elements {
    const Region* region = nullptr;  // null for an array of cells in the data segment
    std::int64_t address = 0;
    std::int64_t length = 0;
    unsigned bits = 0;
  };
  struct Scale {
    enum { none, one, each } kind = none;
    std::int64_t factor = 0;
    Elements factors;
  };
  // What vecconv goes over, and with what.
  struct Matrix {
    Elements elements, weights;
    std::int64_t width, height, kernel_width, kernel_height, stride, pad;
    std::int64_t way;  // of pooling
    bool pools;
  };

  // exceptions.cpp
  bool execute_try(const SourceWord& word);
  void throw_code(std::int64_t code);
  bool catches(std::int64_t code);
  bool catches(const Trap& trap);

  // tasks.cpp
  bool choose_task();
  void switch_to(std::size_t task);
  void step();
  // `thrown`: the code of what nobody has caught.
  void finish(Outcome outcome, std::string_view trap = {}, std::int64_t thrown = 0);
  void end_work();
  Result collect();
  bool execute_task(Kind kind);
  bool execute_supervision(Kind kind);
  void supervise();
  void set_handler();
  void follow_trap(std::string_view trap, std::int64_t thrown);
  void start_handler();
  void begin_anew();
  void start(bool periodic);
  void kill();
  void sleep();
  bool execute_waiting(Kind kind);
  void send(bool in_time);
  void note_send(std::size_t channel, std::int64_t value);
  void receive(bool in_time);
  void send_all();
  void receive_all();
  void acquire(bool in_time);
  void release();
  std::int64_t awaited(std::int64_t array, std::int64_t index) const;
  void await(bool in_time);
  void event();
  void wait(std::function<bool()> comes, std::int64_t milliseconds, std::size_t semaphore = 0);
  void release_all(std::size_t task);
  std::size_t waitable(std::int64_t handle, Region::Where what) const;
  std::int64_t peek(std::size_t below) const { return stack_[stack_.size() - 1 - below]; }
  bool send_out(Kind kind);

  void execute(const SourceWord& word);
  bool execute_stack(Kind kind);
  bool execute_arithmetic(Kind kind);
  bool execute_memory(Kind kind);
  bool execute_jump(const SourceWord& word);
  void next_round(const SourceWord& word, std::int64_t step);

  // words.cpp
  bool execute_moves(Kind kind);
  bool execute_loop_stack(Kind kind);
  bool execute_return_stack(Kind kind);
  bool execute_change(Kind kind);
  bool execute_pair(Kind kind);
  bool execute_double(Kind kind);
  bool execute_double_pair(Kind kind);
  bool execute_output(Kind kind);
  bool execute_text(Kind kind);
  bool execute_float(Kind kind);
  std::size_t text_cells(std::int64_t characters) const;
  void rearrange(std::size_t cells, std::initializer_list<std::size_t> places);
  void need_loop_cells(std::size_t cells) const;
  void need_kept(std::size_t cells) const;
  std::int64_t pop_double();
  void push_double(std::int64_t value);
  std::uint64_t low_bits(std::int64_t value, unsigned bits) const;
  std::string number_text(std::int64_t value, unsigned bits) const;

  void call(std::size_t definition);
  void execute_token();
  void call_host(const HostFunction& function);
  void leave_word();

  void need(std::size_t cells) const;
  std::int64_t pop();
  void push(std::int64_t value);
  std::int64_t wrapped(std::int64_t value) const { return wrap(value, settings_.cell_bits); }

  void check_address(std::int64_t address) const;
  std::int64_t load(std::int64_t address) const;
  void save(std::int64_t address, std::int64_t value);
  void save_bits(std::int64_t address, std::int64_t value, unsigned bits);
  const Region* region_of(std::int64_t handle) const;
  void write(std::string_view bytes);

  bool execute_vector(Kind kind);
  void vecfold();
  void vecload();
  void map_elements(Kind kind);
  bool execute_map(const SourceWord& word);
  bool maps_cells(std::int64_t token) const;
  std::int64_t element_now(std::int64_t cell, std::int64_t k) const;
  void combine_elements(Kind kind);
  void vecconv();
  Wide window_value(const Matrix& matrix, std::int64_t top, std::int64_t left) const;
  void vecreduce();
  void vecreshape();
  void vecprint();
  void layer(const Block& block);
  [[noreturn]] void go_astray(const Elements& output, const LayerResult& result);
  void leave_element(const Elements& array, std::int64_t k, std::int64_t value);
  void filter(Kind kind);

  std::vector<std::int64_t> operands(std::size_t count);
  Elements resolve(std::int64_t cell, bool floats = false) const;
  Elements writable(std::int64_t cell) const;
  Elements indexed(std::int64_t cell, std::int64_t k) const;
  static bool read_only(const Elements& elements) { return elements.region != nullptr && elements.region->read_only; }
  void store_element(const Elements& array, std::int64_t k, std::int64_t value);
  std::int64_t element(const Elements& elements, std::int64_t k) const;
  void put(const Elements& array, std::int64_t k, Wide value);
  Scale scale_of(std::int64_t cell) const;
  Wide scaled_by(const Scale& scale, Wide value, std::int64_t k) const;
  Wide scaled(Wide value, std::int64_t factor) const;
  Wide divided(Wide value, Wide divisor) const;
  void charge_units(std::int64_t units, unsigned ticks);

  // A word goes to data by an address: notes whether that is a channel or a semaphore.
  void note_access(std::int64_t address, std::int64_t bytes) const;
  void mix(std::uint32_t x);
  void note_peaks();
  bool runaway() const;

  const Program& program_;
  const Settings& settings_;
  std::int64_t cell_bytes_;
  std::vector<std::uint8_t> data_;
  std::vector<HostArray> host_arrays_;
  std::vector<Task> tasks_{1};
  std::size_t current_ = 0;  // whose context is that of the machine
  std::uint64_t now_ = 0;
  std::int64_t handler_ = 0;  // token of the word that is told of traps; 0: none
  // Task and number of a trap that it is still to be told.
  std::optional<std::pair<std::int64_t, std::int64_t>> untold_;
  // Of each region, as far as it is a channel or a semaphore: cells that wait, tasks that hold it.
  std::vector<std::deque<std::int64_t>> queues_;
  mutable bool saw_hidden_ = false;
};

}  // namespace mica::oracle
