// As forged_test.cpp, of a profile whose programs have no words for tasks: nobody would ever wake one.
#include <doctest/doctest.h>

#include "tests/vm/forgeries.hpp"

namespace {

using namespace mica;
using namespace mica::forging;

}  // namespace

TEST_CASE("no task waits or sleeps where nothing makes it do so") {
  static_assert(!vm::has_task_words);
  for (const TaskState state : {TaskState::waiting, TaskState::sleeping})
    check_refused({"a task that nobody wakes", {": w ( -- ) 1 drop w 2 drop ; w"}, 2, [state](auto& m) {
                     REQUIRE(is_live(m.tasks[0].state));
                     m.tasks[0].state = state;
                   }});
}
