#include "hosts/pc/line_editor.hpp"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "hosts/pc/interrupt.hpp"

namespace mica::pc {
namespace {

constexpr int history_lines = 1000;
constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

// Empty when there is no home.
std::string history_file() {
  std::error_code ignored;  // without a folder there is no history, which is no reason to fail
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    std::filesystem::create_directories(state, ignored);
    return std::string(state) + "/mica_history";
  }
  const char* const home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? std::string() : std::string(home) + "/.mica_history";
}

// Waits for input or Ctrl-C, also for one that came before, and meanwhile does the work that there is; false: Ctrl-C.
bool wait_for_input(const MeanwhileWork& work) {
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, &before);
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (!is_interrupted()) {
    const Time free = work ? work() : never;
    const timespec span{static_cast<time_t>(free / 1000000), static_cast<long>(free % 1000000 * 1000)};
    if (ppoll(&input, 1, free == never ? nullptr : &span, &before) > 0) break;
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return !is_interrupted();
}

const MeanwhileWork& work_of(EditLine*);

// libedit's own takes up a read again that a signal has ended.
int read_character(EditLine* editor, wchar_t* character) {
  std::mbstate_t state{};
  for (;;) {
    char byte = 0;
    if (!wait_for_input(work_of(editor))) return -1;
    const ssize_t size = read(STDIN_FILENO, &byte, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return static_cast<int>(size);
    const std::size_t used = std::mbrtowc(character, &byte, 1, &state);
    if (used == static_cast<std::size_t>(-2)) continue;  // a part of a character
    if (used == static_cast<std::size_t>(-1)) *character = L'?';
    return 1;
  }
}

class EditedLines : public LineReader {
 public:
  explicit EditedLines(MeanwhileWork work)
      : work_(std::move(work)),
        file_(history_file()),
        editor_(el_init("mica", stdin, stdout, stderr)),
        history_(history_init()) {
    if (editor_ == nullptr || history_ == nullptr) throw std::runtime_error("the terminal cannot be used");
    if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
    HistEvent event;
    history(history_, &event, H_SETSIZE, history_lines);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!file_.empty()) history(history_, &event, H_LOAD, file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, prompt_of);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_GETCFN, read_character);
  }

  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;
  ~EditedLines() override {
    history_end(history_);
    el_end(editor_);
  }

  LineEvent next(const std::string& prompt, std::string& line) override {
    prompt_ = prompt;
    int count = 0;
    const char* const text = el_gets(editor_, &count);
    if (take_interrupt()) {
      std::fputs("^C\n", stdout);
      return LineEvent::interrupted;
    }
    if (text == nullptr || count <= 0) {
      std::fputc('\n', stdout);
      return LineEvent::end;
    }
    line = text;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    remember(line);
    return LineEvent::line;
  }

  const MeanwhileWork& work() const { return work_; }

  static EditedLines& of(EditLine* editor) {
    EditedLines* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *self;
  }

 private:
  const InterruptCatcher catcher_{InterruptCatcher::Catches::always};
  static char* prompt_of(EditLine* editor) { return of(editor).prompt_.data(); }

  // Written at once, so that no end of the session loses it.
  void remember(const std::string& line) {
    if (line.find_first_not_of(" \t") == std::string::npos) return;
    HistEvent event;
    history(history_, &event, H_ENTER, line.c_str());
    if (!file_.empty()) history(history_, &event, H_SAVE, file_.c_str());
  }

  const MeanwhileWork work_;
  std::string file_;
  std::string prompt_;
  EditLine* editor_;
  History* history_;
};

const MeanwhileWork& work_of(EditLine* editor) { return EditedLines::of(editor).work(); }

class PlainLines : public LineReader {
 public:
  LineEvent next(const std::string&, std::string& line) override {
    line.clear();
    int byte = std::getchar();
    for (; byte != EOF && byte != '\n'; byte = std::getchar()) {
      if (line.size() == line_bytes_max) throw std::runtime_error("standard input: a line has more than 1 MB");
      line += static_cast<char>(byte);
    }
    if (std::ferror(stdin))
      throw std::runtime_error("standard input cannot be read: " + std::string(std::strerror(errno)));
    return byte == EOF && line.empty() ? LineEvent::end : LineEvent::line;
  }
};

}  // namespace

std::unique_ptr<LineReader> edited_lines(MeanwhileWork work) { return std::make_unique<EditedLines>(std::move(work)); }

std::unique_ptr<LineReader> plain_lines() { return std::make_unique<PlainLines>(); }

}  // namespace mica::pc
