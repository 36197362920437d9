#include "tests/fuzz/session.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "tests/fuzz/wild.hpp"
#include "tests/oracle/random.hpp"

namespace mica::fuzz {
namespace {

using oracle::Random;

// The frames share few names, so that exports and imports meet.
constexpr std::array frame_names{"f0", "f1", "f2"};
constexpr std::array names{"square", "fact", "maybe", "count", "divide",     "list",  "cells", "bytes",
                           "fixed",  "v",    "two",   "c",     "host-level", "twice", "deep",  "wide",
                           "n",      "bump", "show",  "hope",  "peek",       "w0",    "fails", "careful",
                           "sure",   "unsure", "nap"};
constexpr std::array tests{"sure", "unsure", "sure", "bump", "square", "v"};

constexpr std::array sizes{" code ", " data ", " constants "};

// In both dialects but for the tables and types, which rexa16 refuses.
constexpr std::array definitions{
    ": square dup * ;",
    ": fact ( n -- n ) dup 2 < if drop 1 else dup 1 - fact * endif ;",
    ": maybe 3 > if end endif ;",
    ": count 5 0 do i . i 2 > if leave endif loop ;",
    ": divide 10 swap / ;",
    ": twice square square ;",
    ": deep ( n -- ) dup 0 > if dup 1 - deep endif drop ;",
    ": wide 1 2 3 4 5 6 7 8 9 10 + + + + + + + + + . ;",
    "array list { 1 2 3 }",
    "array cells 4",
    "array bytes int8 5",
    "table fixed int8 { 1 -2 3 }",
    "var v",
    "2var two",
    "const c 9",
    "preset list { 4 5 }",
    ": bump v @ 1 + v ! v @ . ;",
    ": show list vecprint ;",
    ": hope ( -- ) 1 execute ;",
    ": fails ( n -- ) 3 throw ;",
    ": careful ( n -- ) try 1 pick throw list @ 1 pick / . 2 fails catch . endtry drop ;",
    ": peek v 40 + @ . ;",
    ": nap 1 sleep 3 . yield ;",
    ": sure 3 . 1 ;",
    ": unsure v @ 6 < 8 v ! ;",
};
constexpr std::array statements{
    "5 square .",
    "5 fact .",
    "4 maybe",
    "1 maybe",
    "count",
    "2 divide .",
    "0 divide",
    "3 twice .",
    "bump",
    "show",
    "wide",
    "3 deep",
    "7 deep",
    "60 deep",
    "3 $ twice execute .",
    "list cells $ fact 0 vecmap cells vecprint",
    "1 1 1 1 1 1 1 1 1 1 1 1 wide",
    "7 v !",
    "v @ .",
    "2 4 two 2! two 2@ . .",
    "list vecprint",
    "1 2 list write 2 list read .",
    "9 list read .",
    "list cells $ square 0 vecmap",
    "list fixed cells 0 vecadd cells vecprint",
    "5 $ square execute .",
    "1 0 bytes write bytes vecprint",
    "0 fixed read .",
    "c .",
    "3 4 host-add .",
    "1 host-tell",
    "-1 host-check",
    "0 host-level read .",
    "4 0 do i . loop",
    "5 begin 1 - dup 0 < until drop",
    ".\" text\" cr",
    "1 2",
    "drop",
    "1 >r r> .",
    "7 >f f f> + .",
    "1 0 /",
    "-1 0 do loop",
    "array big 40",
    "end",
    "array more { 1 2 3 4 5 6 7 8 9 } more vecprint",
    "n @ .",
    "1.5 2.5 f+ f.",
    "3 careful",
    "nap",
    "0 careful",
    "try 4 careful 0 divide catch . endtry",
    "try 2 twice . 9 fails catch . endtry",
    "try 1 >r 5 execute catch . endtry",
    "try 3 deep end catch drop endtry",
    "try list cells $ divide 0 vecmap catch . endtry",
    "5 fails",
    "1 sleep",
    "bump 2 sleep bump",
    "yield 6 . yield",
};
// Put anywhere, they break most texts.
constexpr std::array strays{"dup",   "drop",   "+",       "if",     "else", "endif", "do",    "loop",     "begin",
                            "until", "again",  "i",       ":",      ";",    "end",   "leave", "{",        "}",
                            "const", "array",  "var",     "$",      "1",    "read",  "write", "(",        "--",
                            ")",     "packed", "fdrop",   ">f",     ">r",   "pick",  "99999", "endframe", "exports",
                            "frame", "vecmap", "execute", "return", "\"",   "try",   "catch", "endtry",   "throw"};

class SessionAuthor {
 public:
  SessionAuthor(std::uint64_t seed, bool rexa) : rexa_(rexa), random_(seed * 0x9E3779B97F4A7C15 + 9) {
    calm_ = random_.percent(60);
  }

  std::vector<Step> session() {
    std::vector<Step> steps;
    for (unsigned left = random_.count(4, 16); left > 0; --left) steps.push_back(step());
    return steps;
  }

 private:
  Step step() {
    Step step;
    step.kind = kind();
    step.keep_open = random_.percent(60);
    step.which = random_.percent(70) ? 0 : random_.below(8);
    step.run_later = step.kind == Step::Kind::start && random_.percent(60);
    if (step.kind == Step::Kind::start)
      step.text = exported_name();
    else if (step.kind != Step::Kind::decompile && step.kind != Step::Kind::unload)
      step.text = text(step.kind);
    for (unsigned left = random_.count(1, 6); left > 0; --left)
      step.chunks.push_back(random_.percent(66) ? random_.count(1, 9) : random_.count(1, 200));
    return step;
  }

  std::string exported_name() {
    if (exported_.empty() || random_.percent(10)) return random_.pick(names);
    const std::string one = random_.pick(exported_);
    return one.substr(one.find('.') + 1);
  }

  Step::Kind kind() {
    const unsigned one = random_.below(24);
    return one < 7    ? Step::Kind::frame
           : one < 9  ? Step::Kind::replace
           : one < 10 ? Step::Kind::unload
           : one < 18 ? Step::Kind::line
           : one < 20 ? Step::Kind::given_up
           : one < 22 ? Step::Kind::start
                      : Step::Kind::decompile;
  }

  std::string text(Step::Kind kind) {
    const bool line = kind == Step::Kind::line;
    if (!line) known_.clear();
    std::string body;
    if (sometimes(10)) return wild_program(random_.next(), rexa_, false);
    if (random_.percent(line ? 30 : 85))
      for (const unsigned share = line ? 20 : random_.count(20, 70); const std::string_view one : definitions)
        if (random_.percent(share) && suits(one)) add(body, one);
    const std::string head = random_.percent(line ? 3 : 80) ? header() : "";
    for (unsigned left = random_.below(9); left > 0; --left) {
      const std::string_view one = random_.percent(15) ? random_.pick(definitions) : random_.pick(statements);
      if (suits(one)) add(body, one);
    }
    return (line ? random_.percent(25) : sometimes(12)) ? spoiled(head + body) : head + body;
  }

  // What mostly makes a text that is refused: in calm sessions frames are loaded and import from each other.
  bool sometimes(unsigned percent) { return !calm_ && random_.percent(percent); }

  // Most of what stands in a text is known there, as far as that can be told.
  bool suits(std::string_view words) {
    if (sometimes(3)) return true;
    for (const std::string_view own : {"int8", "1.5", "try", "throw", "careful", "fails"})
      if (rexa_ && words.find(own) != std::string_view::npos) return false;
    const std::string_view defined = defined_name(words);
    for (const std::string_view name : names)
      if (name != defined && mentions(words, name) && known_.find(name) == known_.end()) return false;
    return true;
  }

  static std::string_view defined_name(std::string_view words) {
    const std::size_t begin = words.find(' ') + 1;
    const std::string_view first = words.substr(0, begin - 1);
    constexpr std::array defining{":", "array", "table", "var", "2var", "const"};
    if (std::find(defining.begin(), defining.end(), first) == defining.end()) return {};
    return words.substr(begin, words.find(' ', begin) - begin);
  }

  static bool mentions(std::string_view words, std::string_view name) {
    for (std::size_t at = words.find(name); at != std::string_view::npos; at = words.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
    }
    return false;
  }

  void add(std::string& text, std::string_view words) {
    if (const std::string_view name = defined_name(words); !name.empty()) known_.emplace(name);
    text += words;
    text += random_.percent(10) ? '\n' : ' ';
  }

  // Exports what the text has defined so far, imports what the frames before have exported, mostly.
  std::string header() {
    const std::string_view frame = random_.pick(frame_names);
    std::vector<std::string> exports;
    std::string text = "frame ";
    (text += frame) += " 1";
    if (random_.percent(25)) test(text);
    for (unsigned left = random_.below(8); left > 0; --left) switch (random_.below(8)) {
        case 0:
        case 1:
        case 2: {
          if (known_.empty()) break;
          const std::string name = sometimes(4) ? random_.pick(names) : random_.pick(known_);
          (text += " exports ") += name;
          exports.push_back((std::string(frame) += '.') += name);
          break;
        }
        case 3:
        case 4:
        case 5:
        case 6: import(text); break;
        default:
          if (!calm_) size(text, random_.pick(sizes));
      }
    exported_.insert(exported_.end(), exports.begin(), exports.end());
    return text + "\n";
  }

  void test(std::string& text) {
    const std::string name = random_.pick(tests);
    if (known_.count(name) != 0 || sometimes(20)) (text += " selftest ") += name;
  }

  void import(std::string& text) {
    if (exported_.empty()) return;
    const std::string one = random_.pick(exported_);
    const std::string name = one.substr(one.find('.') + 1);
    if (known_.count(name) != 0 && !sometimes(5)) return;
    (text += " imports ") += one;
    known_.insert(name);
  }

  void size(std::string& text, std::string_view key) {
    (text += key) += std::to_string(random_.percent(5) ? random_.count(1, 60) : random_.count(200, 2000));
  }

  // A few strays in between, or the end lost.
  std::string spoiled(std::string text) {
    if (random_.percent(30)) return text.substr(0, random_.below(text.size() + 1));
    for (unsigned left = random_.count(1, 3); left > 0; --left) {
      std::size_t at = text.find(' ', random_.below(text.size() + 1));
      if (at == std::string::npos) at = text.size();
      std::string stray = " ";
      text.insert(at, (stray += random_.pick(strays)) += ' ');
    }
    return text;
  }

  bool rexa_;
  Random random_;
  bool calm_;
  std::set<std::string, std::less<>> known_;  // in the frame that was written last
  std::vector<std::string> exported_;         // FRAME.NAME
};

std::string_view name_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::frame: return "frame";
    case Step::Kind::replace: return "replace";
    case Step::Kind::unload: return "unload";
    case Step::Kind::line: return "line";
    case Step::Kind::given_up: return "given up";
    case Step::Kind::start: return "start";
    case Step::Kind::decompile: return "decompile";
  }
  return "";
}

}  // namespace

std::vector<Step> write_session(std::uint64_t seed, bool rexa) { return SessionAuthor(seed, rexa).session(); }

std::string describe(const std::vector<Step>& session) {
  std::string text;
  for (const Step& step : session) {
    (((text += '[') += name_of(step.kind)) += ' ') += std::to_string(step.which);
    ((text += step.keep_open ? ", open] " : step.run_later ? ", later] " : "] ") += step.text) += '\n';
  }
  return text;
}

}  // namespace mica::fuzz
