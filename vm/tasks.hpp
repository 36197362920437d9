// Tasks: taking them, starting them, stopping them.
#pragma once

#include "vm/machine.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::vm {

// What a program can say: so many in microseconds are 32 bits.
inline constexpr std::uint32_t milliseconds_max = 0xffffffffu / 1000;

// The time, when the task that runs has been charged so many ticks in this slice; 0 between slices.
Time time_of(const Machine&, std::int64_t ticks);

// Are there tasks for a frame that has none yet, as many as it asks for? Those of the frame in slot `going`, which will
// be gone, count as free.
bool has_tasks_for(const Machine&, const Frame&, std::uint8_t going);

// The task that runs the text of a frame, or its test; null: there is none.
const Task* main_task(const Machine&, std::uint8_t frame);

// Is there a place for one more task of the frame, which has some already?
bool has_task(const Machine&, std::uint8_t frame);

// Takes a place that was never used, or else one of the frame, or else any. Null: there is none.
Task* take_task(Machine&, std::uint8_t frame);

// Puts a task at a word, as if a program had called it and ended behind it; it finds the cells that it has on its stack
// already.
void begin_at(Machine&, Task&, std::uint32_t header, std::uint8_t exit_pending, const TaskOptions&, Time now);

// Puts a task at the entry of a loaded frame. Null: no task is free.
Task* start_task(Machine&, std::uint8_t frame);

// Lets the task of an open frame go on at the frame's entry, with what it left on its stack; after a trap its stacks
// are empty.
void continue_task(Machine&, std::uint8_t frame);

// The task of an open frame that waits for more text; null while it runs.
const Task* waiting_task(const Machine&, std::uint8_t frame);

// Puts a task at a word of the frame that takes and leaves nothing, for the host: a free one or one of the frame that
// is over, but not the one that waits for more text. Null: there is none, or the word has another effect.
Task* start_word(Machine&, std::uint8_t frame, const Name& word, const TaskOptions&);

// The same for a program, which names the word by its token and gets the id of the task; periods and deadlines are in
// milliseconds. The starter has been charged so many ticks in this slice.
core::Trap start_token(Machine&, const Task& starter, std::int64_t ticks, Cell token, Cell priority, Cell period,
                       Cell deadline, Cell& id);

// Puts the main task of a complete frame at the word by which it tests itself.
void start_test(Machine&, std::uint8_t frame, const Name& word);

// True: the test has come to its end and left a flag that is not 0.
bool has_passed(const Task& test);

// Ends the tasks of a frame and gives their places back.
void free_tasks(Machine&, std::uint8_t frame);

// Puts a task that has done its work, or is to do it anew, at its word again, with empty stacks.
void enter_word(Machine&, Task&);

// Lets the task sleep; it has been charged so many ticks in this slice.
void sleep_for(const Machine&, Task&, std::int64_t ticks, Cell milliseconds);

// What the running task is called by the code that it runs; 0: it belongs to another frame.
Cell id_of(const Task&);

// The task that a program calls by its id, in the frame whose code it runs; null: its place has been used again.
// invalid_argument: there never was one of this id.
core::Trap find_named(Machine&, const Task& by, Cell id, Task*&);

// Ends a task that is not over, with the trap `stopped`.
void stop_task(Machine&, Task&);
// The same for a program. A task that is over is left as it is; invalid_argument: there never was one of this id.
core::Trap kill_task(Machine&, const Task& by, Cell id);

}  // namespace mica::inline MICA_PROFILE::vm
