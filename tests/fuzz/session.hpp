// Random sessions: what a machine meets in its life. Frames that export and import, test themselves, take the place of
// others and are unloaded, lines of a console that extend them, texts that are refused or never end, words started from
// outside, frames read back as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mica::fuzz {

struct Step {
  enum class Kind : std::uint8_t {
    frame,      // a text of its own
    replace,    // likewise, in the place of a frame
    unload,     // a frame goes
    line,       // a text that extends a frame that is open, else as `frame`
    given_up,   // the first half of a text that never ends
    start,      // a task at an exported word
    decompile,  // a frame as text
  };
  Kind kind = Kind::frame;
  bool keep_open = false;           // of a frame
  bool run_later = false;           // what is started runs while the next text is compiled
  unsigned which = 0;               // frame that is meant, 0 being the newest, modulo how many there are
  std::string text;                 // or the name of the word to start
  std::vector<std::size_t> chunks;  // sizes, over and over
};

// The same session for the same arguments on every host.
std::vector<Step> write_session(std::uint64_t seed, bool rexa);

// For people: one step per line or more.
std::string describe(const std::vector<Step>& session);

}  // namespace mica::fuzz
