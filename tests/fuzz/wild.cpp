#include "tests/fuzz/wild.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/random.hpp"

namespace mica::fuzz {
namespace {

using oracle::Random;

// Counts down in a variable, so that most loops and recursions end.
constexpr std::string_view count_down = "n @ 1 - dup n ! 0 <";
constexpr int nesting_max = 4;

class WildAuthor {
 public:
  WildAuthor(std::uint64_t seed, bool rexa, bool layers)
      : random_(seed * 0x9E3779B97F4A7C15 + 1), rexa_(rexa), has_layers_(layers) {
    manner_ = static_cast<Manner>(random_.below(4));
  }

  std::string program() {
    write("var n array list { 1 0 3 }");
    layers_ = has_layers_ && random_.percent(40);
    if (layers_)
      write("array bytes int8 { 4 -7 9 100 -128 0 1 2 } array part int8 4 array pair int8 2 array two int32 2");
    for (unsigned left = random_.below(4); left > 0; --left) define();
    depth_ = 0;
    if (random_.percent(70)) write(std::to_string(random_.below(12)) + " n !");
    for (unsigned left = random_.below(5); left > 0; --left) push();
    block(0);
    block(0);
    if (random_.percent(30)) damage();
    std::string text;
    for (const std::string& word : words_) text += word + " ";
    return text;
  }

 private:
  // How depths come out: mostly balanced; not at all; with long runs of pushes and drops; with long code between.
  enum class Manner { tidy, unbalanced, deep, long_code };

  struct Effect {
    int in, out;
  };

  void write(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      words_.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  void push() {
    write(std::to_string(static_cast<int>(random_.below(7)) - 2));
    ++depth_;
  }
  void drop() {
    write("drop");
    --depth_;
  }
  // (gcc 12 warns of its own string when a literal and a number are put together.)
  static std::string word_name(std::size_t k) {
    std::string name = "w";
    return name += std::to_string(k);
  }
  bool one_of(unsigned many) { return random_.below(many) == 0; }

  void define() {
    name_ = word_name(effects_.size());
    const Effect effect{static_cast<int>(random_.below(3)), static_cast<int>(random_.below(3))};
    write(": " + name_);
    if (!rexa_ && random_.percent(66)) {
      write("(");
      for (int k = 0; k < effect.in; ++k) write("a");
      write("--");
      for (int k = 0; k < effect.out; ++k) write("b");
      write(")");
    }
    loops_ = 0;
    depth_ = effect.in;
    // What is sure to be taken, and a depth that is not known from here on.
    if (rexa_ && random_.percent(40))
      for (unsigned k = 1 + random_.below(4); k > 0; --k) {
        write(one_of(2) ? "drop" : "+");
        --depth_;
      }
    if (!rexa_ && random_.percent(40)) write("n @ if 1 endif");
    block(0);
    if (random_.percent(50)) block(0);
    level(effect.out);
    write(";");
    name_.clear();
    effects_.push_back(effect);
  }

  void block(int nesting) {
    for (unsigned left = random_.below(nesting > 1 ? 3 : 5); left > 0; --left) {
      if (nesting < nesting_max && one_of(3))
        structure(nesting + 1);
      else
        word();
      if (manner_ == Manner::deep && one_of(12)) run_of_cells();
      if (manner_ == Manner::long_code && one_of(30))
        for (unsigned k = random_.below(80); k > 0; --k) write(one_of(2) ? "dup drop" : "1 drop");
    }
  }

  // 20 to 160 pushes or drops: block checks hold small numbers.
  void run_of_cells() {
    const bool pushes = random_.percent(66);
    for (unsigned left = 20 + random_.below(140); left > 0; --left) pushes ? push() : drop();
  }

  void word() {
    struct Plain {
      std::string_view text;
      int change;
    };
    static constexpr Plain plain[] = {{"drop", -1}, {"drop", -1}, {"dup", 1},   {"swap", 0},   {"over", 1},
                                      {"+", -1},    {".", -1},    {"n @", 1},   {"n ! ", -1},  {"cr", 0},
                                      {"0=", 0},    {"=", -1},    {"yield", 0}, {"1 sleep", 0}};
    switch (random_.below(15)) {
      case 0:
      case 1: return push();
      case 12:
      case 13: return other_stacks();
      case 2: return call();
      case 3: return depart();
      case 4:
        if (loops_ == 0 && !(rexa_ && defining() && one_of(2))) return push();
        write("i");
        ++depth_;
        return;
      case 5:
        if (one_of(2)) return write("var v" + std::to_string(random_.below(2)));
        if (!rexa_ && layers_ && random_.percent(60)) return layer();
        if (!rexa_) return write("table t" + std::to_string(random_.below(2)) + " int8 { 1 2 }");
        return;
      default: break;
    }
    const Plain& one = plain[random_.below(static_cast<unsigned>(std::size(plain)))];
    write(one.text);
    depth_ += one.change;
  }

  // In and out of arrays that the program begins with; where no way leads to it it is refused.
  void layer() {
    static constexpr std::string_view all[] = {
        "rescale{ input bytes output bytes multiplier 1500000000 shift -1 zeros 1 2 }",
        "max-pool{ input bytes output part size 2 2 2 kernel 1 2 stride 1 2 }",
        "conv2d{ output part size 2 2 2 kernel 1 2 filter { 1 -2 3 -4 } bias { 9 } multiplier { 1073741824 } "
        "shift { 1 } input bytes padding same }",
        "argmax{ input part columns 2 output two }",
        "copy{ input part output bytes length 2 rows 2 to 0 3 }",
        "fill{ output bytes length 3 value 5 to 1 0 }",
        "softmax{ input bytes output bytes columns 4 multiplier 1073741824 shift 26 least -20 }",
        "mean{ input bytes output pair size 2 2 2 multiplier 1 }",
        "add{ a bytes b { 1 -2 } output bytes multipliers 1073741824 1073741824 1073741824 shifts 0 0 -18 negate b }",
        "view other bytes 2 3"};
    write(all[random_.below(static_cast<unsigned>(std::size(all)))]);
  }

  // The loop stack and the return stack; the own dialect wants the loop stack even.
  void other_stacks() {
    struct Move {
      std::string_view text;
      int change;
    };
    static constexpr Move even[] = {
        {">r", -1},     {"r>", 1},    {"r", 1},    {"1 pick", 1},      {"3 pick", 1},
        {"1 fpick", 1}, {"rot", 0},   {"2dup", 2}, {"2drop", -2},      {"n @ pick", 1},
        {"2swap", 0},   {"2over", 2}, {"mod", -1}, {"5 >f f f> +", 1}, {"6 >f 7 >f 2 fdrop", 0}};
    static constexpr Move uneven[] = {{">f", -1}, {">f", -1},     {"f>", 1},        {"f>", 1}, {"f", 1},
                                      {"j", 1},   {"1 fdrop", 0}, {"n @ fdrop", 0}, {"i", 1},  {"2 fdrop", 0}};
    const bool any = rexa_ ? random_.percent(60) : one_of(200);
    const Move& one = any ? uneven[random_.below(static_cast<unsigned>(std::size(uneven)))]
                          : even[random_.below(static_cast<unsigned>(std::size(even)))];
    write(one.text);
    depth_ += one.change;
  }

  bool may_leave() { return loops_ > 0 || (begins_ > 0 && one_of(2)); }
  bool defining() const { return !name_.empty(); }

  // Calls a word, or the one in work, with or without an end in sight.
  void call() {
    if (defining() && random_.percent(40)) return random_.percent(50) ? write(name_) : call_for_a_while();
    if (effects_.empty()) return push();
    if (one_of(5)) return call_by_token();
    const unsigned which = random_.below(static_cast<unsigned>(effects_.size()));
    write(word_name(which));
    depth_ += effects_[which].out - effects_[which].in;
  }
  // By its token: executed, or over an array, which only words that are known while compiling are. In rexa16 and at the
  // top of the own dialect.
  void call_by_token() {
    if (effects_.empty() || (defining() && !rexa_ && !one_of(20))) return push();
    const unsigned which = random_.below(static_cast<unsigned>(effects_.size()));
    if (one_of(2)) return write("list list $ " + word_name(which) + " 0 vecmap");
    write("$ " + word_name(which) + " execute");
    depth_ += effects_[which].out - effects_[which].in;
  }
  void call_for_a_while() {
    write(count_down);
    write("0= if");
    write(name_);
    write("endif");
  }

  // Leaves what is open, sometimes.
  void depart() {
    const bool can_return = defining() && (loops_ == 0 || (rexa_ && one_of(3))) && (!held_ || rexa_ || one_of(200));
    const std::string_view way = one_of(6)             ? "end"
                                 : can_return          ? "return"
                                 : may_leave()         ? "leave"
                                 : random_.percent(50) ? "end"
                                                       : "";
    if (way.empty()) return;
    const bool when = random_.percent(80);
    if (when) write(random_.percent(50) ? "n @ 0 < if" : std::string(count_down) + " if");
    write(way);
    if (when) write("endif");
  }

  void condition() {
    static constexpr std::string_view all[] = {"n @", count_down, "dup", "0", "1", "n @ 2 ="};
    write(all[random_.below(static_cast<unsigned>(std::size(all)))]);
    ++depth_;
  }

  // Brings the depth to what it should be, or just believes it to be there.
  void level(int depth) {
    if ((rexa_ && random_.percent(50)) || (manner_ == Manner::unbalanced && random_.percent(25))) depth_ = depth;
    while (depth_ > depth) drop();
    while (depth_ < depth) push();
  }

  void structure(int nesting) {
    if (!rexa_ && one_of(5)) return try_block(nesting);
    switch (random_.below(7)) {
      case 0:
      case 1: return branch(nesting);
      case 2: return until_loop(nesting);
      case 5: return while_loop(nesting);
      case 6: return hold(nesting);
      case 3: return endless_loop(nesting);
      default: return counted_loop(nesting);
    }
  }

  void branch(int nesting) {
    condition();
    write("if");
    const int around = --depth_;
    block(nesting);
    if (one_of(3)) {
      if (one_of(4) && may_leave()) write("leave");
      write("else");
      const int first = depth_;
      depth_ = around;
      block(nesting);
      if (defining() && one_of(4)) write(name_);
      level(first);
    } else {
      if (one_of(4)) write(may_leave() ? "leave" : defining() ? "return" : "end");
      level(around);
    }
    write("endif");
  }

  // Mostly with cells of its own.
  void try_block(int nesting) {
    const int before = depth_, loops = loops_, begins = begins_;
    const bool held = held_;
    write("try");
    if (!one_of(20)) loops_ = begins_ = 0;
    held_ = held_ || !one_of(20);
    for (unsigned left = random_.below(4); left > 0; --left) push();
    block(nesting);
    if (random_.percent(70)) raise();
    block(nesting);
    const int target = before + static_cast<int>(random_.below(2));
    level(target);
    loops_ = loops;
    begins_ = begins;
    held_ = held;
    write("catch");
    depth_ = before + 1;
    if (one_of(2)) write("dup .");
    if (one_of(8)) write("dup throw");
    block(nesting);
    level(target);
    write("endtry");
  }

  void raise() {
    static constexpr std::string_view all[] = {
        "n @ throw", "1 throw",  "n @ 0 > throw", "1 0 / drop",       "0 @ drop",      "r> drop",
        "-14 throw", "-7 throw", "0 throw",       "list 9 read drop", "1 n @ / throw", "list list 7 0 vecmap"};
    write(all[random_.below(static_cast<unsigned>(std::size(all)))]);
  }

  void until_loop(int nesting) {
    const int before = depth_;
    write("begin");
    ++begins_;
    block(nesting);
    level(before);
    write(count_down);
    write("until");
    --begins_;
  }

  void while_loop(int nesting) {
    const int before = depth_;
    write("begin");
    ++begins_;
    block(nesting);
    level(before);
    write(random_.percent(80) ? count_down : "n @");
    if (one_of(2)) write("0=");
    write("while");
    block(nesting);
    level(before);
    write("repeat");
    --begins_;
  }

  // Cells on the loop stack around other text.
  void hold(int nesting) {
    const unsigned cells = 1 + random_.below(3);
    for (unsigned k = 0; k < cells; ++k) write("n @ >f");
    const int loops = std::exchange(loops_, 0);
    const bool held = std::exchange(held_, true);
    block(nesting);
    if (rexa_ && one_of(6)) write("f> drop");
    if (one_of(2)) {
      write(std::to_string(cells) + " fdrop");
    } else {
      for (unsigned k = 0; k < cells; ++k) write("f> drop");
    }
    loops_ = loops;
    held_ = held;
  }

  void endless_loop(int nesting) {
    const int before = depth_;
    write("begin");
    ++begins_;
    block(nesting);
    write(count_down);
    write("if");
    write(may_leave() ? "leave" : defining() ? "return" : "end");
    write("endif");
    block(nesting);
    level(before);
    write("again");
    --begins_;
  }

  void counted_loop(int nesting) {
    write(std::to_string(random_.below(4)) + " " + std::to_string(random_.below(2)) + " do");
    ++loops_;
    const int before = depth_;
    block(nesting);
    if (one_of(4)) write("i 1 = if leave endif");
    level(before);
    --loops_;
    static constexpr std::string_view ends[] = {"loop", "loop", "loop", "1 +loop", "2 +loop", "-1 +loop", "n @ +loop"};
    write(ends[random_.below(static_cast<unsigned>(std::size(ends)))]);
  }

  // A few words lost, moved or put where they do not belong.
  void damage() {
    static constexpr std::string_view strays[] = {
        "end",   "leave", "i",    "return",  "if",   "endif",  "else",   "begin", "until",  "again",
        "do",    "loop",  "0",    "1",       "n",    "drop",   "dup",    "over",  "+",      "!",
        "@",     "w0",    "w1",   "vecfold", "read", "-32768", ":",      ";",     ">f",     "f>",
        "f",     "fdrop", "j",    ">r",      "r>",   "while",  "repeat", "+loop", "pick",   "?dup",
        "2drop", "1.5",   "1e39", "f+",      "f.",   "fexp",   "try",    "catch", "endtry", "throw"};
    for (unsigned left = 1 + random_.below(3); left > 0 && !words_.empty(); --left) {
      const std::size_t at = random_.below(static_cast<unsigned>(words_.size()));
      const std::string stray(strays[random_.below(static_cast<unsigned>(std::size(strays)))]);
      switch (random_.below(4)) {
        case 0: words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(at)); break;
        case 1: words_.insert(words_.begin() + static_cast<std::ptrdiff_t>(at), stray); break;
        case 2: std::swap(words_[at], words_[random_.below(static_cast<unsigned>(words_.size()))]); break;
        default: words_[at] = stray; break;
      }
    }
  }

  Random random_;
  bool rexa_;
  bool has_layers_;  // the profile has them
  bool layers_ = false;
  Manner manner_;
  std::vector<std::string> words_;
  std::vector<Effect> effects_;  // of the words so far, as they are meant
  std::string name_;             // of the word in work
  int depth_ = 0;                // as it is meant to be
  int loops_ = 0;
  int begins_ = 0;
  bool held_ = false;  // cells of the program lie on the loop stack
};

}  // namespace

std::string wild_program(std::uint64_t seed, bool rexa, bool layers) {
  return WildAuthor(seed, rexa, layers).program();
}

}  // namespace mica::fuzz
