#include "tests/fuzz/small.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "tests/oracle/random.hpp"

namespace mica::fuzz {
namespace {

constexpr int nesting_max = 5;

class SmallAuthor {
 public:
  SmallAuthor(std::uint64_t seed, bool rexa) : random_(seed * 0x9E3779B97F4A7C15 + 5), rexa_(rexa) {}

  std::string program() {
    write("var n");
    helper();
    word();
    main_part();
    return text_;
  }

 private:
  void write(std::string_view words) { (text_ += words) += ' '; }
  bool one_of(unsigned many) { return random_.below(many) == 0; }

  // v: without structures, and mostly with ways of different depth.
  void helper() {
    write(": v");
    if (!rexa_) {
      write(one_of(3) ? "( a -- a )" : one_of(2) ? "( a -- )" : "( a a -- a )");
      if (one_of(2)) write("n @ if 1 endif");
    }
    write(one_of(2) ? "drop" : one_of(2) ? "drop drop" : "n @ if drop else drop endif");
    if (one_of(2)) write("n @ if 1 endif");
    if (one_of(3)) write("n @ 3 < if drop return endif");
    if (rexa_ && one_of(4)) write("i");
    if (rexa_ && one_of(4)) write(one_of(2) ? ">f" : "f>");
    write(";");
  }

  // w: anything.
  void word() {
    static constexpr std::array effects{"( -- )", "( a -- )", "( a a -- a )", "( a a a -- )", "( -- a )"};
    write(": w");
    defining_ = true;
    if (!rexa_) {
      write(random_.pick(effects));
      if (one_of(2)) write("n @ if 1 endif");
    }
    if (one_of(3)) write(one_of(2) ? "drop" : "drop drop");
    for (left_ = 4 + static_cast<int>(random_.below(22)); left_ > 0;) item(0);
    defining_ = false;
    write(";");
  }

  void main_part() {
    write(std::to_string(random_.below(10)) + " n !");
    for (unsigned k = random_.below(7); k > 0; --k) write("1");
    const bool in_loop = rexa_ && one_of(2);
    if (in_loop) open_loop();
    tokens();
    write("w");
    for (left_ = rexa_ ? static_cast<int>(random_.below(6)) : 0; left_ > 0;) item(2);
    if (in_loop) close_loop();
  }

  // The words by their tokens: executed, and over an array, by themselves or through another word.
  void tokens() {
    if (!one_of(3)) return;
    std::string name = one_of(2) ? "v" : "w";
    for (unsigned around = random_.below(3); around > 0; --around) {
      const std::string outer = around == 1 ? "y" : "x";
      write(": " + outer + (rexa_ ? " " : " ( a -- a ) ") + name + " ;");
      name = outer;
    }
    if (one_of(2)) return write("1 1 $ " + name + " execute");
    write("array list { 1 0 3 } list list $ " + name + " 0 vecmap");
  }

  void block(int nesting) {
    for (unsigned k = random_.below(4); k > 0 && left_ > 0; --k) item(nesting);
  }

  void item(int nesting) {
    --left_;
    if (nesting < nesting_max && random_.percent(40)) return structure(nesting + 1);
    switch (random_.below(18)) {
      case 14:
      case 15:
      case 16: return other_stacks();
      case 0:
      case 1:
      case 2: return write("1");
      case 3:
      case 4:
      case 5: return write("drop");
      case 6: return write("+");
      case 7: return write("dup");
      case 8: return loops_ > 0 || (rexa_ && defining_) ? write("i") : write("drop drop");
      case 9: return depart();
      case 10: return depart_sometimes();
      case 11: return defining_ ? write("n @ 1 - dup n ! 0 > if w endif") : write("v");
      case 12: return write(defining_ && one_of(2) ? "w" : "v");
      case 13: return write(one_of(4) ? "1 sleep" : "v");
      default: return write("v");
    }
  }

  // The loop stack and the return stack; the own dialect wants the loop stack even.
  void other_stacks() {
    static constexpr std::array even{">r", "r>", "r", "1 pick", "2 pick", "2drop", "rot", "1 fpick", "7 >f f f> drop"};
    static constexpr std::array uneven{">f", ">f", "f>", "f>", "f", "1 fdrop", "n @ fdrop", "2 fdrop", "i", "j"};
    if (rexa_ ? random_.percent(60) : one_of(40)) return write(random_.pick(uneven));
    write(random_.pick(even));
  }

  void depart() {
    const bool leaves = loops_ > 0 || (begins_ > 0 && one_of(2));
    const bool returns = defining_ && (!leaves || (rexa_ && one_of(4)));
    write(returns ? "return" : leaves ? "leave" : "end");
  }

  void depart_sometimes() {
    condition();
    write("if");
    if (one_of(3)) write(one_of(2) ? "drop" : "1");
    depart();
    write("endif");
  }

  void condition() {
    static constexpr std::array all{
        "n @", "n @ 2 =", "n @ 1 - dup n ! 0 <", "n @ 1 - dup n ! 0=", "dup", "1", "n @ 1 - dup n ! 2 <"};
    write(random_.pick(all));
  }

  void structure(int nesting) {
    if (!rexa_ && one_of(6)) return try_block(nesting);
    switch (random_.below(12)) {
      case 9:
      case 10:
        open_begin();
        block(nesting);
        condition();
        write("while");
        block(nesting);
        return close_begin("repeat");
      case 11: {
        write("5 >f");
        const int loops = std::exchange(loops_, 0);
        block(nesting);
        loops_ = loops;
        return write(one_of(2) ? "f> drop" : "1 fdrop");
      }
      case 0:
      case 1:
      case 2:
      case 3:
        condition();
        write("if");
        block(nesting);
        if (one_of(3)) {
          write("else");
          block(nesting);
        }
        return write("endif");
      case 4:
      case 5:
        open_begin();
        block(nesting);
        condition();
        return close_begin("until");
      case 6:
        open_begin();
        block(nesting);
        return close_begin("again");
      default:
        open_loop();
        block(nesting);
        return close_loop();
    }
  }

  void try_block(int nesting) {
    static constexpr std::array raises{"n @ throw", "1 0 / drop", "r> drop", "n @ 3 < throw", "9 throw", "0 @ drop"};
    write("try");
    const int loops = one_of(30) ? loops_ : std::exchange(loops_, 0), begins = std::exchange(begins_, 0);
    if (one_of(2)) write("1 1");
    block(nesting);
    if (!one_of(4)) write(random_.pick(raises));
    block(nesting);
    loops_ = loops;
    begins_ = begins;
    write("catch");
    if (!one_of(6)) write("drop");
    if (one_of(8)) write("n @ throw");
    block(nesting);
    write("endtry");
  }

  void open_begin() {
    write("begin");
    ++begins_;
  }
  void close_begin(std::string_view word) {
    write(word);
    --begins_;
  }
  void open_loop() {
    write(one_of(2) ? "2 0 do" : "3 1 do");
    ++loops_;
  }
  void close_loop() {
    write(one_of(4) ? one_of(2) ? "1 +loop" : "n @ +loop" : "loop");
    --loops_;
  }

  oracle::Random random_;
  bool rexa_;
  std::string text_;
  bool defining_ = false;
  int loops_ = 0;
  int begins_ = 0;
  int left_ = 0;  // items to write
};

}  // namespace

std::string small_program(std::uint64_t seed, bool rexa) { return SmallAuthor(seed, rexa).program(); }

}  // namespace mica::fuzz
