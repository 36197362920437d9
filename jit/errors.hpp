// What can be wrong with a text. One line each: the name that devices report, the sentence that people read.
#pragma once

#include <cstdint>
#include <string_view>

namespace mica {

#define MICA_COMPILE_ERRORS(ERROR)                                                                                     \
  ERROR(unknown_word, "this is no known word and no number; define it first, or choose a profile that has it")         \
  ERROR(invalid_character, "this byte cannot stand in a program; use blanks, line feeds and printable characters")     \
  ERROR(unterminated_comment, "the comment that begins here does not end; close it with )")                            \
  ERROR(token_too_long, "this word is longer than the profile allows")                                                 \
  ERROR(number_out_of_range, "the number does not fit; use one that the cell or the element type can hold")            \
  ERROR(floats_missing, "the profile has no floats; use integers, or choose a profile that has the group `float`")     \
  ERROR(text_expected, "text in quotation marks must follow, behind a blank")                                          \
  ERROR(unterminated_text, "the text that begins here does not end; close it with \"")                                 \
  ERROR(text_too_long, "this text is longer than the stack of the profile")                                            \
  ERROR(number_expected, "a number of one cell, or a constant for one, must follow")                                   \
  ERROR(name_expected, "a name must follow")                                                                           \
  ERROR(invalid_name, "this cannot be a name, because it reads as a number")                                           \
  ERROR(name_taken, "this name belongs to the instruction set; choose another")                                        \
  ERROR(names_full, "the program has more names than the profile holds")                                               \
  ERROR(code_full,                                                                                                     \
        "the code does not fit in the memory of the frame; `code N` in the header asks for more, up to the limit of "  \
        "the profile")                                                                                                 \
  ERROR(data_full,                                                                                                     \
        "the data do not fit in the memory of the frame; `data N` in the header asks for more, up to the limit of "    \
        "the profile")                                                                                                 \
  ERROR(constants_full,                                                                                                \
        "the read-only arrays do not fit where they are kept; `constants N` in the header asks for more")              \
  ERROR(regions_full, "the program has more typed arrays than the profile holds")                                      \
  ERROR(control_too_deep, "structures are nested more deeply than the profile allows")                                 \
  ERROR(unmatched_word, "this word closes or divides a structure that is not open here")                               \
  ERROR(unclosed_structure, "the structure that begins here is not closed")                                            \
  ERROR(definition_inside, "a definition cannot stand inside of another or of a structure")                            \
  ERROR(outside_definition, "this word may stand only inside of a definition")                                         \
  ERROR(return_in_loop, "the word cannot return from inside of a do loop; leave the loop first")                       \
  ERROR(leaves_try, "this word cannot leave what stands between `try` and `catch`; throw, or leave behind `catch`")    \
  ERROR(reaches_below_try,                                                                                             \
        "between `try` and `catch` nothing can be taken that was on the stack before; make it there, or read it with " \
        "`pick` or `fpick`")                                                                                           \
  ERROR(outside_loop, "this word wants a loop around it, or cells that the same word has moved to the loop stack")     \
  ERROR(unbalanced_loop_stack, "the loop stack must be the same on all ways that meet here, and at the end of a word") \
  ERROR(count_expected, "the number of cells to drop must stand right before this word")                               \
  ERROR(stack_underflow, "this word takes more cells than there are on the stack")                                     \
  ERROR(unbalanced_branches,                                                                                           \
        "the ways that meet here leave different numbers of cells on the stack; balance them or declare the effect "   \
        "of the word")                                                                                                 \
  ERROR(unbalanced_loop,                                                                                               \
        "the loop changes the number of cells on the stack; balance it or declare the effect of the word")             \
  ERROR(effect_unknown,                                                                                                \
        "the word calls itself before its effect is known; declare the effect behind its name, as in ( n -- n )")      \
  ERROR(unbalanced_recursion,                                                                                          \
        "the word calls itself before its ways become unbalanced; balance them, or call it after that place")          \
  ERROR(effect_mismatch, "the word does not have the effect that it declares")                                         \
  ERROR(effect_syntax, "an effect is declared as ( before -- after )")                                                 \
  ERROR(word_too_large, "the word takes or leaves more cells than can be noted for it; divide it")                     \
  ERROR(branch_too_far, "the structure is larger than a branch can span; divide it into words")                        \
  ERROR(size_expected,                                                                                                 \
        "the number of elements, at least 1, or { must follow, or a type of elements that the profile has, behind "    \
        "which packed may stand, too")                                                                                 \
  ERROR(capacity_expected,                                                                                             \
        "a number from 1 on must follow: the cells of the channel, or the holders of the semaphore")                   \
  ERROR(type_expected, "the element type must follow: int8, int16 or, with 32-bit cells, int32, float32")              \
  ERROR(value_expected,                                                                                                \
        "an element must follow, a number of one cell of the right kind or a constant, or }; behind the type of a "    \
        "table { or packed; each stands between blanks")                                                               \
  ERROR(address_expected,                                                                                              \
        "an address or a name for one must follow, and the cells must lie in what is declared already")                \
  ERROR(packed_size_expected, "the number of bytes, a multiple of the size of an element, must follow")                \
  ERROR(packed_syntax, "this is no Z85 text: five of its 85 characters stand for four bytes")                          \
  ERROR(packed_too_long, "the packed text holds more bytes than its number says")                                      \
  ERROR(packed_too_short, "the packed text holds fewer bytes than its number says")                                    \
  ERROR(field_expected, "a field of this block must follow, or }; `mica words` with its word shows them")              \
  ERROR(field_twice, "the block has this field already")                                                               \
  ERROR(field_missing, "the block that ends here lacks a field that it must have")                                     \
  ERROR(field_value_expected, "a number of the field must follow, or a constant for one")                              \
  ERROR(field_out_of_range, "the number is outside of what the field allows")                                          \
  ERROR(choice_expected, "one of the names that the field takes must follow")                                          \
  ERROR(array_expected,                                                                                                \
        "an array of the program or of the host must follow by its name; one that is only read may stand here in "     \
        "full, with a type, { or packed")                                                                              \
  ERROR(field_type, "the elements of this array are not of a type that the field takes")                               \
  ERROR(field_read_only, "this array cannot be written; results need another")                                         \
  ERROR(field_length, "the array has not as many elements as the other fields want")                                   \
  ERROR(field_overlap, "this array shares memory with one that the block reads; results need memory of their own")     \
  ERROR(field_does_not_fit, "this field does not fit to the others of the block")                                      \
  ERROR(block_unreached, "no way leads to this block; take it out, or put it where the program comes by")              \
  ERROR(view_outside, "the view reaches beyond the end of the array")                                                  \
  ERROR(word_expected, "the name of a word of the program must follow")                                                \
  ERROR(empty_array, "at least one element must stand between { and }")                                                \
  ERROR(header_not_first, "the frame header must be the first line of the text")                                       \
  ERROR(header_syntax,                                                                                                 \
        "the header is `frame NAME VERSION`, then any of `code N`, `data N`, `constants N`, `stack N`, `tasks N`, "    \
        "each N from 1 on, `priority N`, from 0 to 255, `needs GROUP`, `imports FRAME.NAME`, `exports NAME`, and "     \
        "`selftest WORD` once, all in its line")                                                                       \
  ERROR(group_missing, "the profile does not have this group of instructions; choose another profile")                 \
  ERROR(import_missing,                                                                                                \
        "no loaded frame exports this, which is to be written FRAME.NAME; load the one that does before this one")     \
  ERROR(import_twice, "the header imports another thing of this name already; export one of them by another name")     \
  ERROR(export_missing, "the header exports a name that the text does not define")                                     \
  ERROR(selftest_missing, "the header names a word for the self-test that the text does not define")                   \
  ERROR(selftest_effect, "the word for the self-test must take nothing and leave one flag")                            \
  ERROR(selftest_failed,                                                                                               \
        "the frame has tested itself and failed: its word left 0, was trapped, ended the program, or took too long")   \
  ERROR(frame_too_large, "the frame asks for more memory than is free or the profile allows")                          \
  ERROR(trailer_syntax, "the trailer is `endframe LENGTH CRC`")                                                        \
  ERROR(trailer_missing, "the text ends without `endframe LENGTH CRC`: it was cut short")                              \
  ERROR(wrong_length, "the text has another length than its trailer says: something was lost or added on the way")     \
  ERROR(wrong_checksum, "the checksum of the text is wrong: it was damaged on the way")                                \
  ERROR(text_after_trailer, "text follows the trailer of the frame")                                                   \
  ERROR(frame_not_open, "this frame is not open for more text")                                                        \
  ERROR(frame_busy, "the program of the open frame still runs; wait for its end")                                      \
  ERROR(frame_missing, "there is no frame that the text could replace")                                                \
  ERROR(frame_in_use, "another frame imports from the one that the text wants to replace; unload that one first")      \
  ERROR(frames_full, "the profile holds no more frames at a time")                                                     \
  ERROR(tasks_full,                                                                                                    \
        "no more tasks can be started, for this frame or as many as `tasks N` of its header asks for: the profile "    \
        "has no more, others have them, or headers of other frames keep them")                                         \
  ERROR(no_frame, "no text is being compiled; begin a frame first")

enum class CompileError : std::uint8_t {
  none = 0,
#define MICA_ENUMERATE(name, text) name,
  MICA_COMPILE_ERRORS(MICA_ENUMERATE)
#undef MICA_ENUMERATE
};

// Name and sentence of an error; empty for none.
std::string_view name_of(CompileError error);
std::string_view text_of(CompileError error);

// Is nothing wrong with the text but that it asks for more than the profile or its memory has?
bool is_limit(CompileError error);

}  // namespace mica
