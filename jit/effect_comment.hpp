// Reads the effect that a comment behind a word's name declares: ( n1 n2 -- n3 ).
#pragma once

#include <cstdint>

namespace mica {

// Fed with the characters between the parentheses. An item named d or ud, or these with digits behind, is a double and
// counts two cells; any other counts one.
class EffectComment {
 public:
  static constexpr unsigned cells_max = 30000;  // as many as a stack can have

  constexpr void add(char character) {
    if (character == ' ' || character == '\t' || character == '\r' || character == '\n')
      end_item();
    else
      item_ = next(item_, character);
  }

  constexpr void finish() { end_item(); }

  constexpr bool declares() const { return after_; }  // there was a --
  constexpr bool is_wrong() const { return twice_ || in_ > cells_max || out_ > cells_max; }
  constexpr unsigned in() const { return in_; }
  constexpr unsigned out() const { return out_; }

 private:
  // What the characters of the item so far can be.
  enum class Item : std::uint8_t { none, u, d, dash, dashes, other };

  static constexpr Item next(Item item, char character) {
    if (character == '-') return item == Item::none ? Item::dash : item == Item::dash ? Item::dashes : Item::other;
    if (character == 'u' && item == Item::none) return Item::u;
    if (character == 'd' && (item == Item::none || item == Item::u)) return Item::d;
    if (character >= '0' && character <= '9' && item == Item::d) return Item::d;
    return Item::other;
  }

  constexpr void end_item() {
    if (item_ == Item::dashes) {
      twice_ = after_;
      after_ = true;
    } else if (item_ != Item::none) {
      unsigned& cells = after_ ? out_ : in_;
      if (cells <= cells_max) cells += item_ == Item::d ? 2u : 1u;
    }
    item_ = Item::none;
  }

  unsigned in_ = 0, out_ = 0;
  bool after_ = false, twice_ = false;
  Item item_ = Item::none;
};

}  // namespace mica
