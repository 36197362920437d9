// Tasks. What a program does must not depend on slices: each task stores to storage of its own, and what they send to
// each other has one sender and one receiver.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/author.hpp"

namespace mica::oracle {

// One that is written now and then; where a program may not have it, something else is.
void Author::task_part() {
  if (settings_.rexa) return task_words_of_rexa();
  const unsigned which = random_.below(10);
  if (which < 2) return task_words();
  if (tasks_ >= settings_.tasks || scope_.nest > 0 || frame_.is_word || !affordable(3000) || !fits(24))
    return statement();
  ++tasks_;
  if (which < 5) return plain_task();
  if (which < 8) return exchange();
  if (which < 9) return supervised_task();
  periodic_task();
}

// Words that a single task can use.
void Author::task_words() {
  const unsigned which = random_.below(6);
  if (!affordable(200) || !room(5)) return;
  if (which == 0) return op("yield");
  if (which == 1) {
    number(random_.below(3));
    return op("sleep");
  }
  if (which == 2) return op("self");
  if (which == 3) {  // no host signals it
    number(random_.below(32));
    number(random_.below(3));
    return op("event?");
  }
  const Storage* variable = some(Storage::Kind::variable);
  if (variable == nullptr) return op("yield");
  const Storage chosen = *variable;
  // What it waits for is so already.
  name_of(chosen);
  op("@");
  number(0);
  name_of(chosen);
  if (which == 4) return op("await");
  number(static_cast<std::int64_t>(random_.below(4)) - 1);
  op("await?");
}

void Author::task_words_of_rexa() {
  const unsigned which = random_.below(5);
  if (!affordable(200) || !room(5)) return;
  if (which == 0) return op("yield");
  if (which == 1) {
    number(random_.below(3));
    return op("sleep");
  }
  if (which == 2 && !random_.percent(10)) return op("inp");
  if (which == 2) {  // always a trap
    writer_.word("receive");
    return account(0, 0, 1);
  }
  const Storage* array = some(Storage::Kind::array);
  if (which == 3 || array == nullptr) {
    value();
    value();
    return op("send");
  }
  const Storage chosen = *array;
  if (random_.percent(40)) {
    number(0);
    op("drop");
    name_of(chosen);
    op("@");
    number(0);
    name_of(chosen);
    return op("await");
  }
  name_of(chosen);
  number(random_.below(chosen.length + 1));
  value();
  op("sendn");
  frame_.ticks += scope_.times * (32 + 8 * chosen.length);
}

// What the text of a task may use, while it is written: nothing that others have.
Author::Shared Author::put_aside() {
  in_task_ = true;
  Shared shared{std::exchange(storage_, {}), std::exchange(words_, {}),        std::exchange(layers_, {}),
                std::exchange(vector_calls_, {}), std::exchange(plan_in_, 0), std::exchange(settings_.host, false)};
  if (random_.percent(70)) declare_variable(false);
  if (random_.percent(50)) declare_array(random_.count(1, 4), false);
  return shared;
}

void Author::take_back(Shared shared) {
  in_task_ = false;
  storage_ = std::move(shared.storage);
  words_ = std::move(shared.words);
  layers_ = std::move(shared.layers);
  vector_calls_ = std::move(shared.vector_calls);
  plan_in_ = shared.plan_in;
  settings_.host = shared.host;
}

template <class Body>
std::string Author::define_task(Body&& body) {
  const std::string name = new_name();
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  Shared shared = put_aside();
  open_word(name, 0, 0, random_.percent(40));
  frame_.cells_max = settings_.stack_cells / 2;
  body();
  if (!scope_.dead) settle(0);
  op(";");
  const std::uint64_t ticks = frame_.ticks;
  frame_ = outer_frame;
  scope_ = outer_scope;
  frame_.ticks += ticks;
  take_back(std::move(shared));
  return name;
}

void Author::push_name(const std::string& name) {
  writer_.word(name);
  account(0, 1, 1);
}

void Author::start_at(const std::string& name) {
  writer_.word("$");
  push_name(name);
  number(random_.below(4));
  op("start");
  op(random_.percent(30) && affordable(20) ? "." : "drop");
}

void Author::some_text_of_task() {
  for (unsigned left = random_.below(3); left > 0 && !scope_.dead; --left)
    random_.percent(30) ? task_words() : statement();
}

void Author::plain_task() {
  // A semaphore that it holds while others may want it, and does nothing that could trap.
  const bool guards = random_.percent(30) && fits(1);
  if (guards && semaphore_.empty()) {
    semaphore_ = new_name();
    writer_.word("semaphore");
    writer_.word(semaphore_);
    const std::int64_t times = random_.count(1, 2);
    writer_.number(times);
    data_end_ += times * cell_bytes();
    ++tables_;
  }
  const auto hold = [this] {
    push_name(semaphore_);
    if (random_.percent(50)) {
      op("acquire");
    } else {
      number(-1);
      op("acquire?");
      op("drop");
    }
    if (random_.percent(60)) op("yield");
    push_name(semaphore_);
    op("release");
  };
  start_at(define_task([&] {
    block(random_.count(1, 4));
    if (guards && !scope_.dead) hold();
    if (!scope_.dead) some_text_of_task();
  }));
  if (guards && room(4)) hold();
}

// A task sends, this text receives, or the other way round. Neither can trap between the two.
void Author::exchange() {
  const unsigned capacity = random_.count(1, 4), count = random_.count(1, 5);
  const std::string channel = new_name();
  writer_.word("channel");
  writer_.word(channel);
  writer_.number(capacity);
  data_end_ += (capacity + 4) * cell_bytes();
  ++tables_;
  const bool message = random_.percent(30);
  std::vector<Storage> arrays;
  for (unsigned k = 0; message && k < 2; ++k)
    arrays.push_back(storage_[declare_elements(elements(count > capacity ? capacity : count), true)]);
  const auto whole = [&](const Storage& array, std::string_view word) {
    name_of(array);
    push_name(channel);
    number(-1);
    op(word);
    op("drop");
  };
  const auto send = [&] {
    if (message) return whole(arrays[0], "sendn?");
    for (unsigned k = 0; k < count; ++k) {
      value();
      push_name(channel);
      send_or_receive("send");
      if (random_.percent(20)) op("yield");
    }
  };
  const auto receive = [&] {
    if (message) return whole(arrays[1], "receiven?");
    for (unsigned k = 0; k < count; ++k) {
      push_name(channel);
      send_or_receive("receive");
      op(random_.percent(50) ? "." : "drop");
    }
  };
  const bool task_sends = random_.percent(60);
  start_at(define_task([&] {
    some_text_of_task();
    if (scope_.dead) return;
    task_sends ? send() : receive();
    if (!scope_.dead) some_text_of_task();
  }));
  task_sends ? receive() : send();
}

// Without or with a time, which is for ever.
void Author::send_or_receive(const std::string& word) {
  if (!random_.percent(30)) return op(word);
  number(-1);
  op(word + "?");
  op("drop");
}

std::string Author::declare_counter() {
  const std::string counter = new_name();
  writer_.word("var");
  writer_.word(counter);
  data_end_ += cell_bytes();
  return counter;
}

// Leaves the count, and 3 to compare it with.
void Author::count_up_to_three(const std::string& counter) {
  push_name(counter);
  op("@");
  number(1);
  op("+");
  op("dup");
  push_name(counter);
  op("!");
  if (random_.percent(60)) value(), op(".");
  number(3);
}

// It traps twice at most, and supervises itself: whoever started it may come too late for that.
void Author::supervised_task() {
  const std::string counter = declare_counter();
  const std::string name = define_task([&] {
    op("self");
    number(random_.below(4));
    number(random_.below(3));
    op("supervise");
    count_up_to_three(counter);
    op("<");
    op("if");
    number(-1);
    op("sleep");
    op("endif");
    some_text_of_task();
  });
  frame_.ticks += 3000;
  number(0);
  op("on-trap");
  start_at(name);
}

// It ends itself in its third period.
void Author::periodic_task() {
  const std::string counter = declare_counter();
  const std::string name = define_task([&] {
    count_up_to_three(counter);
    op("=");
    op("if");
    op("self");
    op(random_.percent(50) ? "kill" : "drop");
    op("end");
    op("endif");
  });
  frame_.ticks += 600;
  writer_.word("$");
  push_name(name);
  number(random_.below(4));
  number(random_.count(1, 3));
  number(random_.below(3));
  op("every");
  op("drop");
}

}  // namespace mica::oracle
