#include "tests/oracle/reader.hpp"

#include <algorithm>
#include <utility>

#include "tests/oracle/functions.hpp"
#include "tests/oracle/text_reader.hpp"

namespace mica::oracle {

namespace {

// clang-format off
constexpr std::array<std::string_view, kind_count> kind_names{
    "dup", "drop", "swap", "over", "+", "-", "*", "/", "=", "<", ">",
    "0=", "@", "!", "cell+", "read", "write", "relu", "sin", "log", "sigmoid", ".", "cr", "vecfold",
    "vecload", "vecscale", "vecadd", "vecmul", "vecmap", "vecconv", "vecreduce", "vecreshape", "vecprint",
    "lowp", "highp", "hull", "rounding", "saturation", "i", "end",
    "rot", "-rot", "nip", "tuck", "-dup", "pick", "2dup", "2drop", "2swap", "2over", "2rot", "?dup",
    ">r", "r>", "r", "2>r", "2r>", "2r", ">f", "f>", "f", "fpick", "fdrop", "j",
    "mod", "min", "max", "and", "or", "xor", "<>", "<=", ">=", "u<", "u>", "lshift", "rshift",
    "minus", "negate", "abs", "one", "invert", "0<", "0>", "0<>", "not",
    "2+", "2-", "2*", "2/", "2mod", "2min", "2max", "2and", "2or", "2xor", "2=", "2<", "2>",
    "2abs", "2minus", "2ext", "2red", "2@", "2!", "2.", "base", "out", "execute", ".s", "s!", "s@",
    "yield", "sleep", "start", "every", "self", "kill", "supervise", "on-trap",
    "send", "send?", "receive", "receive?", "sendn?", "receiven?",
    "acquire", "acquire?", "release", "await", "await?", "event?", "send", "sendn", "receive", "inp",
    "f+", "f-", "f*", "f/", "f<", "f=", "fmin", "fmax", "f0<", "f0=", "fnegate", "fabs", "fsqrt", "fexp", "fln",
    "fsin", "fcos", "ftanh", "fsigmoid", "fround", "floor", "s>f", "f>s", "f.", "throw",
    "if", "else", "until", "again", "while", "repeat", "do", "loop", "+loop", "leave", "return", ";", "try", "catch",
    "number", "token", "call", "call_host", "print_text", "layer",
    "map_next", "map_element", "map_call", "map_store", "map_end"};

constexpr std::array<std::string_view, 16> structure_names{
    ":",    "begin", "endif", "var",    "2var",    "const",     "array", "table",
    ".\"", "s\"",  "$",     "preset", "channel", "semaphore", "endtry", "view"};

// Those that rexa16 does not have.
constexpr std::array<std::string_view, 5> own_structures{"table", "channel", "semaphore", "endtry", "view"};

// Functions of one cell, in the order of their tokens -1, -2 and so on.
constexpr std::array functions{Kind::relu, Kind::sin, Kind::log, Kind::sigmoid};

// Words that rexa16 does not have: there they are names like any other.
constexpr std::array own_words{Kind::minus_rot,    Kind::nip,          Kind::tuck,           Kind::dup_unless_zero,
                               Kind::two_to_r,     Kind::two_from_r,   Kind::two_r,          Kind::differs,
                               Kind::at_most,      Kind::at_least,     Kind::unsigned_less,  Kind::unsigned_greater,
                               Kind::shift_left,   Kind::shift_right,  Kind::negate,         Kind::invert,
                               Kind::zero_greater, Kind::zero_differs, Kind::logical_not,    Kind::rounding,
                               Kind::saturation,   Kind::start,        Kind::every,          Kind::self,
                               Kind::kill,         Kind::send,         Kind::send_in_time,   Kind::receive,
                               Kind::receive_in_time, Kind::send_all,  Kind::receive_all,    Kind::acquire,
                               Kind::acquire_in_time, Kind::release,   Kind::await_in_time,  Kind::event,
                               Kind::throw_,       Kind::try_,         Kind::catch_,
                               Kind::supervise,    Kind::on_trap};

// Words that only rexa16 has.
constexpr std::array rexa_words{Kind::send_out, Kind::send_cells_out, Kind::receive_in, Kind::input};

// The kind that a word of the instruction set stands for; `number` and `call` are kinds but no words.
std::optional<Kind> kind_of(std::string_view token, const Settings& settings) {
  for (std::size_t k = 0; k < static_cast<std::size_t>(Kind::number); ++k)
    if (kind_names[k] == token && has_kind(static_cast<Kind>(k), settings.cell_bits, settings.rexa))
      return static_cast<Kind>(k);
  return std::nullopt;
}

// Programs of rexa16 may give these another meaning.
bool may_be_redefined(Kind kind) {
  return (kind >= Kind::relu && kind <= Kind::sigmoid) || (kind >= Kind::vecfold && kind <= Kind::hull) ||
         kind == Kind::execute || kind == Kind::repeat;
}

bool counts_two_cells(std::string_view item) {
  if (item.starts_with('u')) item.remove_prefix(1);
  if (!item.starts_with('d')) return false;
  return std::all_of(item.begin() + 1, item.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Effect> parse_effect(std::string_view comment) {
  Effect effect;
  bool after = false;
  for (std::string_view rest = comment; !rest.empty();) {
    if (is_blank(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const auto stop = std::find_if(rest.begin(), rest.end(), is_blank);
    const std::string_view item = rest.substr(0, static_cast<std::size_t>(stop - rest.begin()));
    rest.remove_prefix(item.size());
    if (item == "--") {
      after = true;
    } else {
      (after ? effect.leaves : effect.takes) += counts_two_cells(item) ? 2 : 1;
    }
  }
  if (!after) return std::nullopt;
  return effect;
}

}  // namespace

Program Reader::read() {
  if (settings_.cell_bits != 16 && settings_.cell_bits != 32)
    throw InvalidText("cells of 16 or 32 bits only");
  program_.definitions.push_back({"", {}, std::nullopt});
  program_.data.resize(cell_bytes_);
  bool first = true;
  while (const auto token = tokens_.next()) {
    if (!header_or_trailer(*token, first)) read_token(token->text);
    first = false;
  }
  if (body_ != &main_) throw InvalidText("definition without ;");
  if (!main_.open.empty()) throw InvalidText("control structure without end");
  for (const std::string& name : exports_)
    if (find(name) == nullptr) throw InvalidText("nothing to export: " + name);
  words().push_back({Kind::end});
  if (!test_.empty()) add_test();
  return std::move(program_);
}

void Reader::add_test() {
  const Name* const word = find(test_);
  if (word == nullptr || word->meaning.kind != Kind::call) throw InvalidText("no word for the self-test: " + test_);
  program_.test = program_.definitions.size();
  program_.definitions.push_back({"", {word->meaning, {Kind::end}}, std::nullopt});
}

bool Reader::header_or_trailer(const Token& token, bool first) {
  if (token.text == "endframe") {
    trailer(token.at);
    return true;
  }
  const bool on_first_line = text_.substr(0, token.at).find('\n') == std::string_view::npos;
  if (!first || token.text != "frame" || !on_first_line) return false;
  header();
  return true;
}

void Reader::header() {
  Tokens line(tokens_.rest_of_line());
  if (!line.next() || !line.next()) throw InvalidText("header without name or version");
  while (const auto key = line.next()) header_key(line, key->text);
}

void Reader::header_key(Tokens& line, std::string_view key) {
  static constexpr std::array<std::string_view, 6> sizes{"code", "data", "constants", "stack", "tasks", "priority"};
  const auto value = line.next();
  const bool size = std::find(sizes.begin(), sizes.end(), key) != sizes.end();
  const bool other = key == "needs" || key == "exports" || (key == "selftest" && test_.empty());
  if (!value || (!size && !other) || (size && !parse_number(value->text, 32, true)))
    throw InvalidText("header is not understood");
  if (key == "selftest") test_ = value->text;
  if (key == "exports") exports_.emplace_back(value->text);
}

void Reader::trailer(std::size_t at) {
  const std::string_view length = required("length in the trailer");
  const std::string crc(required("checksum in the trailer"));
  if (length != std::to_string(at)) throw InvalidText("trailer: wrong length");
  std::size_t used = 0;
  unsigned long given = 0;
  try {
    given = std::stoul(crc, &used, 16);
  } catch (const std::logic_error&) {
    throw InvalidText("trailer: no checksum");
  }
  if (used != 8 || crc.size() != 8) throw InvalidText("trailer: no checksum");
  if (given != crc32(text_.substr(0, at))) throw InvalidText("trailer: wrong checksum");
  if (tokens_.next()) throw InvalidText("text after the trailer");
}

void Reader::read_token(std::string_view token) {
  const auto number = parse_number(token, settings_.cell_bits, settings_.rexa);
  const Name* const constant = find_constant(token);
  number_before_ = std::exchange(number_here_, number ? !number->is_float : constant && !constant->is_float);
  const Name* const name = find(token);
  const bool preset_redefined = name != nullptr && settings_.rexa && token == "preset";
  if (!preset_redefined && structure(token)) return;
  const auto kind = kind_of(token, settings_);
  const bool redefined = name != nullptr && settings_.rexa && kind && may_be_redefined(*kind);
  if (kind && !redefined) return plain(*kind);
  if (name != nullptr) return use(*name);
  if (take_from_host(token)) return;
  if (!number || !number->is_double) return words().push_back({Kind::number, number_here(token, true)});
  if (!number->in_range && !settings_.rexa) throw InvalidText("double out of range: " + std::string(token));
  words().push_back({Kind::number, wrap(number->value, settings_.cell_bits)});
  words().push_back({Kind::number, wrap(number->value >> settings_.cell_bits, settings_.cell_bits)});
}

const Name* Reader::find(std::string_view name) const {
  const auto found = std::find_if(names_.rbegin(), names_.rend(), [&](const Name& n) { return n.text == name; });
  return found == names_.rend() ? nullptr : &*found;
}

const Name* Reader::find_constant(std::string_view name) const {
  const Name* const found = name == declared_ ? nullptr : find(name);
  return found != nullptr && found->constant ? found : nullptr;
}

void Reader::use(const Name& name) {
  if (name.scalar) words().push_back({Kind::number, 0});
  words().push_back(name.meaning);
}

bool Reader::structure(std::string_view text) {
  if (text == ".\"") {
    print_text();
  } else if (text == "s\"") {
    push_text();
  } else if (text == "$") {
    token();
  } else {
    return declaration(text);
  }
  return true;
}

bool Reader::declaration(std::string_view token) {
  if (token == ":" || (token == ":*" && settings_.rexa)) {
    definition_start();
  } else if (token == "begin") {
    body_->open.push_back({Open::What::begin, words().size(), {}});
  } else if (token == "endif") {
    endif();
  } else if (token == "endtry" && !settings_.rexa) {
    words()[take({Open::What::catch_}, "endtry without catch").at].target = words().size();
  } else if (token == "var" || token == "2var") {
    variable(token == "var" ? 1 : 2);
  } else if (token == "const") {
    constant();
  } else if (token == "array") {
    array();
  } else if (token == "preset") {
    preset();
  } else if (token == "table" && !settings_.rexa) {
    table();
  } else if (token == "view" && !settings_.rexa) {
    view();
  } else if (has_block(token, settings_.cell_bits, settings_.rexa) && fields_of(token) != nullptr) {
    block(token);
  } else if ((token == "channel" || token == "semaphore") && !settings_.rexa) {
    waitable(token == "channel" ? Region::Where::channel : Region::Where::semaphore);
  } else {
    return false;
  }
  return true;
}

void Reader::plain(Kind kind) {
  if (kind >= Kind::if_) return jump(kind);
  if (kind == Kind::f_drop && !settings_.rexa && !number_before_)
    throw InvalidText("fdrop without a number before it");
  words().push_back({kind});
  if (kind == Kind::vecmap) map_loop();
}

// What follows vecmap: the rest of the elements, one by one.
void Reader::map_loop() {
  const std::size_t head = words().size();
  words().push_back({Kind::map_next, 0, head + 4});
  words().push_back({Kind::map_element});
  words().push_back({Kind::map_call});
  words().push_back({Kind::map_store, 0, head});
  words().push_back({Kind::map_end});
}

void Reader::jump(Kind kind) {
  switch (kind) {
    case Kind::if_:
      body_->open.push_back({Open::What::if_, words().size(), {}});
      return words().push_back({kind});
    case Kind::do_:
      words().push_back({kind});
      return body_->open.push_back({Open::What::do_, words().size(), {}});
    case Kind::else_:
      return else_branch();
    case Kind::until:
    case Kind::again:
      return until_or_again(kind);
    case Kind::while_:
      if (innermost("while without begin").what != Open::What::begin)
        throw InvalidText("while without begin");
      body_->open.push_back({Open::What::while_, words().size(), {}});
      return words().push_back({kind});
    case Kind::repeat:
      return repeat();
    case Kind::try_:
      body_->open.push_back({Open::What::try_, words().size(), {}});
      return words().push_back({kind});
    case Kind::catch_:
      return catch_part();
    case Kind::loop:
    case Kind::plus_loop:
      return loop(kind);
    case Kind::leave:
      return leave();
    case Kind::return_:
      return return_from_word();
    default:
      return definition_end();
  }
}

Open& Reader::innermost(const char* complaint) {
  if (body_->open.empty()) throw InvalidText(complaint);
  return body_->open.back();
}

Open Reader::take(std::initializer_list<Open::What> expected, const char* complaint) {
  Open open = innermost(complaint);
  if (std::find(expected.begin(), expected.end(), open.what) == expected.end()) throw InvalidText(complaint);
  body_->open.pop_back();
  return open;
}

void Reader::else_branch() {
  const Open open = take({Open::What::if_}, "else without if");
  body_->open.push_back({Open::What::else_, words().size(), {}});
  words().push_back({Kind::else_});
  words()[open.at].target = words().size();
}

void Reader::catch_part() {
  const Open open = take({Open::What::try_}, "catch without try");
  body_->open.push_back({Open::What::catch_, words().size(), {}});
  words().push_back({Kind::catch_});
  words()[open.at].target = words().size();
}

void Reader::endif() {
  const Open open = take({Open::What::if_, Open::What::else_}, "endif without if");
  words()[open.at].target = words().size();
}

void Reader::until_or_again(Kind kind) {
  const Open open = take({Open::What::begin}, "until or again without begin");
  words().push_back({kind, 0, open.at});
  land(open.leaves);
}

void Reader::repeat() {
  const Open out = take({Open::What::while_}, "repeat without while");
  const Open begin = take({Open::What::begin}, "repeat without begin");
  words().push_back({Kind::repeat, 0, begin.at});
  words()[out.at].target = words().size();
  land(begin.leaves);
}

void Reader::loop(Kind kind) {
  const Open open = take({Open::What::do_}, "loop without do");
  words().push_back({kind, 0, open.at});
  land(open.leaves);
}

void Reader::land(const std::vector<std::size_t>& leaves) {
  for (const std::size_t at : leaves) words()[at].target = words().size();
}

// Its value tells whether the parameters of a counted loop are dropped.
void Reader::leave() {
  const auto innermost_of = [&](Open::What what) {
    return std::find_if(body_->open.rbegin(), body_->open.rend(), [&](const Open& open) { return open.what == what; });
  };
  auto loop = innermost_of(Open::What::do_);
  const bool counted = loop != body_->open.rend();
  if (!counted) loop = innermost_of(Open::What::begin);
  if (loop == body_->open.rend()) throw InvalidText("leave outside of a loop");
  const auto is_try = [](const Open& open) { return open.what == Open::What::try_; };
  if (std::any_of(body_->open.rbegin(), loop, is_try)) throw InvalidText("leave of a loop around a try");
  loop->leaves.push_back(words().size());
  words().push_back({Kind::leave, counted});
}

void Reader::return_from_word() {
  if (body_ == &main_) throw InvalidText("return outside of a word");
  for (const Open& open : body_->open)
    if ((open.what == Open::What::do_ && !settings_.rexa) || open.what == Open::What::try_)
      throw InvalidText("return in a do loop or a try");
  words().push_back({Kind::return_});
}

void Reader::definition_start() {
  if (body_ != &main_) throw InvalidText("definition in a definition");
  Definition definition{new_name(), {}, std::nullopt};
  if (const auto comment = tokens_.comment_here(); comment && !settings_.rexa)
    definition.effect = parse_effect(*comment);
  const std::size_t index = program_.definitions.size();
  bind(definition.name, {Kind::call, static_cast<std::int64_t>(index)});
  program_.definitions.push_back(std::move(definition));
  word_ = {index, {}};
  body_ = &word_;
}

void Reader::definition_end() {
  if (body_ == &main_) throw InvalidText("; without :");
  if (!body_->open.empty()) throw InvalidText("control structure without end in a word");
  words().push_back({Kind::semicolon});
  body_ = &main_;
}

std::string_view Reader::required(const char* what) {
  const auto token = tokens_.next();
  if (!token) throw InvalidText(std::string("missing: ") + what);
  return token->text;
}

std::string Reader::new_name() {
  const std::string_view name = required("name");
  const bool structural =
      (has_block(name, settings_.cell_bits, settings_.rexa) && fields_of(name) != nullptr) ||
      (std::find(structure_names.begin(), structure_names.end(), name) != structure_names.end() &&
       !(settings_.rexa && (name == "preset" || std::find(own_structures.begin(), own_structures.end(), name) !=
                                                    own_structures.end()))) ||
      (name == ":*" && settings_.rexa);
  const auto kind = kind_of(name, settings_);
  if (structural || (kind && !(settings_.rexa && may_be_redefined(*kind))))
    throw InvalidText("name of the instruction set: " + std::string(name));
  if (parse_number(name, settings_.cell_bits, settings_.rexa)) throw InvalidText("a number is no name");
  declared_ = name;
  return declared_;
}

std::int64_t Reader::number_here(std::string_view token, bool floats) const {
  const Name* const constant = find_constant(token);
  if (constant != nullptr && (floats || !constant->is_float)) return constant->meaning.value;
  const auto number = parse_number(token, settings_.cell_bits, settings_.rexa);
  if (!number || number->is_double) throw InvalidText("unknown word: " + std::string(token));
  if (!number->in_range && !settings_.rexa) throw InvalidText("number out of range: " + std::string(token));
  if (number->is_float && !floats) throw InvalidText("a float cannot stand here: " + std::string(token));
  return number->value;
}

void Reader::token() {
  const std::string_view text = required("word behind $");
  const Name* const name = find(text);
  if (name == nullptr) {
    const auto kind = kind_of(text, settings_);
    const auto* const function = std::find(functions.begin(), functions.end(), kind);
    if (function != functions.end()) return words().push_back({Kind::token, functions.begin() - function - 1});
    if (kind || !host_token(text)) throw InvalidText("no word: " + std::string(text));
    return;
  }
  if (name->meaning.kind != Kind::call) throw InvalidText("no word: " + std::string(text));
  const auto definition = static_cast<std::size_t>(name->meaning.value);
  auto at = std::find(program_.tokens.begin(), program_.tokens.end(), definition);
  if (at == program_.tokens.end()) at = program_.tokens.insert(at, definition);
  words().push_back({Kind::token, at - program_.tokens.begin() + 1});
}

// An array of the same name goes before a function.
bool Reader::host_token(std::string_view name) {
  for (const HostArray& array : settings_.host.arrays)
    if (array.name == name) return false;
  std::int64_t token = first_host_token;
  for (const HostFunction& function : settings_.host.functions) {
    if (function.name == name) return words().push_back({Kind::token, token}), true;
    --token;
  }
  return false;
}

std::string_view kind_name(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

bool has_kind(Kind kind, unsigned cell_bits, bool rexa) {
  if (kind >= Kind::float_plus && kind <= Kind::float_dot) return has_floats(cell_bits, rexa);
  const auto is_in = [kind](const auto& list) { return std::find(list.begin(), list.end(), kind) != list.end(); };
  return rexa ? !is_in(own_words) : !is_in(rexa_words);
}

void store_bits(std::vector<std::uint8_t>& data, std::size_t offset, std::int64_t value, unsigned bits) {
  for (unsigned byte = 0; byte < bits / 8; ++byte)
    data[offset + byte] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * byte));
}

Program read_program(std::string_view text, const Settings& settings) {
  return Reader(text, settings).read();
}

}  // namespace mica::oracle
