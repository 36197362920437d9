// The interpreter in its forms. All forms are made from the same generated cases and give the same results.
#pragma once

#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// What a form keeps in registers, as it is handed to the second page and back.
struct Registers {
  const std::uint8_t* pc;
  Cell* dsp;   // first free cell of the data stack
  Cell* fsp;   // last used cell of the loop stack
  UCell* rsp;  // first free entry of the return stack
  Cell top;    // top of the data stack
  std::int32_t left;
};

// Dispatch by a portable switch, the reference of all others; by computed goto; each also with the task digest.
// The checked form asserts the declared effect of every instruction and traps with core_fault.
Exit execute_switch(Machine&, Task&, std::int32_t& left);
Exit execute_goto(Machine&, Task&, std::int32_t& left);
Exit execute_switch_observed(Machine&, Task&, std::int32_t& left);
Exit execute_goto_observed(Machine&, Task&, std::int32_t& left);
Exit execute_checked(Machine&, Task&, std::int32_t& left);
// With hooks (traced.hpp); it lets execute_step carry out one instruction after the other.
Exit execute_traced(Machine&, Task&, std::int32_t& left);
Exit execute_step(Machine&, Task&, std::int32_t& left);

// Instructions of the second page: one of them, then back to the form.
Exit page_two_plain(Machine&, Task&, Registers&);
Exit page_two_observed(Machine&, Task&, Registers&);
Exit page_two_checked(Machine&, Task&, Registers&);

}  // namespace mica::inline MICA_PROFILE::vm
