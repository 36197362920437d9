#include "tests/oracle/reader.hpp"

#include <algorithm>
#include <utility>

#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

namespace {

// clang-format off
constexpr std::array<std::string_view, kind_count> kind_names{
    "dup", "drop", "swap", "over", "+", "-", "*", "/", "=", "<", ">",
    "0=", "@", "!", "cell+", "read", "relu", "sin", "log", "sigmoid", ".", "cr", "vecfold",
    "vecload", "vecscale", "vecadd", "vecmul", "vecmap", "vecconv", "vecreduce", "vecreshape", "vecprint",
    "lowp", "highp", "hull", "rounding", "saturation", "i", "end",
    "rot", "-rot", "nip", "tuck", "-dup", "pick", "2dup", "2drop", "2swap", "2over", "2rot", "?dup",
    ">r", "r>", "r", "2>r", "2r>", "2r", ">f", "f>", "f", "fpick", "fdrop", "j",
    "mod", "min", "max", "and", "or", "xor", "<>", "<=", ">=", "u<", "u>", "lshift", "rshift",
    "minus", "negate", "abs", "one", "invert", "0<", "0>", "0<>", "not",
    "2+", "2-", "2*", "2/", "2mod", "2min", "2max", "2and", "2or", "2xor", "2=", "2<", "2>",
    "2abs", "2minus", "2ext", "2red", "2@", "2!", "2.", "base", "out",
    "if", "else", "until", "again", "while", "repeat", "do", "loop", "+loop", "leave", "return", ";",
    "number", "call"};

constexpr std::array<std::string_view, 8> structure_names{":",    "begin", "endif", "var",
                                                          "2var", "const", "array", "table"};

// Words that rexa16 does not have: there they are names like any other.
constexpr std::array own_words{Kind::minus_rot,    Kind::nip,          Kind::tuck,           Kind::dup_unless_zero,
                               Kind::two_to_r,     Kind::two_from_r,   Kind::two_r,          Kind::differs,
                               Kind::at_most,      Kind::at_least,     Kind::unsigned_less,  Kind::unsigned_greater,
                               Kind::shift_left,   Kind::shift_right,  Kind::negate,         Kind::invert,
                               Kind::zero_greater, Kind::zero_differs, Kind::logical_not,    Kind::rounding,
                               Kind::saturation};

// The kind that a word of the instruction set stands for; `number` and `call` are kinds but no words.
std::optional<Kind> kind_of(std::string_view token, bool rexa) {
  for (std::size_t k = 0; k < static_cast<std::size_t>(Kind::number); ++k)
    if (kind_names[k] == token && has_kind(static_cast<Kind>(k), rexa)) return static_cast<Kind>(k);
  return std::nullopt;
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

// A control structure that is not closed yet.
struct Open {
  enum class What { if_, else_, begin, while_, do_ } what;
  std::size_t at;                   // position of the word that jumps forward, or the place to jump back to
  std::vector<std::size_t> leaves;  // of a do loop
};

struct Body {
  std::size_t definition;
  std::vector<Open> open;
};

struct Name {
  std::string text;
  SourceWord meaning;
};

class Reader {
 public:
  Reader(std::string_view text, const Settings& settings)
      : text_(text), settings_(settings), tokens_(text), cell_bytes_(settings.cell_bits / 8) {}

  Program read();

 private:
  bool header_or_trailer(const Token& token, bool first);
  void header();
  void trailer(std::size_t at);
  void read_token(std::string_view token);
  bool structure(std::string_view token);
  void plain(Kind kind);
  void jump(Kind kind);
  void definition_start();
  void definition_end();
  void else_branch();
  void endif();
  void until_or_again(Kind kind);
  void loop(Kind kind);
  void leave();
  void return_from_word();
  void repeat();
  void variable(std::size_t cells);
  void constant();
  void array();
  void table();
  std::vector<std::int64_t> list();
  std::int64_t number_here(std::string_view token) const;
  std::string new_name();
  std::string_view required(const char* what);
  void bind(std::string name, SourceWord meaning) { names_.push_back({std::move(name), meaning}); }
  std::size_t allot(std::size_t cells);
  std::vector<SourceWord>& words() { return program_.definitions[body_->definition].words; }
  Open& innermost(const char* complaint);
  Open take(std::initializer_list<Open::What> expected, const char* complaint);

  std::string_view text_;
  const Settings& settings_;
  Tokens tokens_;
  std::size_t cell_bytes_;
  Program program_;
  std::vector<Name> names_;
  Body main_{0, {}};
  Body word_{0, {}};
  Body* body_ = &main_;
  bool number_here_ = false;  // the token that is read is a number
  bool number_before_ = false;
};

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
  words().push_back({Kind::end});
  return std::move(program_);
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
  while (const auto key = line.next()) {
    const auto bytes = line.next();
    if ((key->text != "code" && key->text != "data") || !bytes || !parse_number(bytes->text, 32, true))
      throw InvalidText("header is not understood");
  }
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
  number_before_ =
      std::exchange(number_here_, parse_number(token, settings_.cell_bits, settings_.rexa).has_value());
  if (structure(token)) return;
  if (const auto kind = kind_of(token, settings_.rexa)) return plain(*kind);
  const auto name =
      std::find_if(names_.rbegin(), names_.rend(), [&](const Name& n) { return n.text == token; });
  if (name != names_.rend()) return words().push_back(name->meaning);
  const auto number = parse_number(token, settings_.cell_bits, settings_.rexa);
  if (!number || !number->is_double) return words().push_back({Kind::number, number_here(token)});
  if (!number->in_range && !settings_.rexa) throw InvalidText("double out of range: " + std::string(token));
  words().push_back({Kind::number, wrap(number->value, settings_.cell_bits)});
  words().push_back({Kind::number, wrap(number->value >> settings_.cell_bits, settings_.cell_bits)});
}

bool Reader::structure(std::string_view token) {
  if (token == ":") {
    definition_start();
  } else if (token == "begin") {
    body_->open.push_back({Open::What::begin, words().size(), {}});
  } else if (token == "endif") {
    endif();
  } else if (token == "var" || token == "2var") {
    variable(token == "var" ? 1 : 2);
  } else if (token == "const") {
    constant();
  } else if (token == "array") {
    array();
  } else if (token == "table" && !settings_.rexa) {
    table();
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

void Reader::endif() {
  const Open open = take({Open::What::if_, Open::What::else_}, "endif without if");
  words()[open.at].target = words().size();
}

void Reader::until_or_again(Kind kind) {
  const Open open = take({Open::What::begin}, "until or again without begin");
  words().push_back({kind, 0, open.at});
}

void Reader::repeat() {
  const Open out = take({Open::What::while_}, "repeat without while");
  const Open begin = take({Open::What::begin}, "repeat without begin");
  words().push_back({Kind::repeat, 0, begin.at});
  words()[out.at].target = words().size();
}

void Reader::loop(Kind kind) {
  const Open open = take({Open::What::do_}, "loop without do");
  words().push_back({kind, 0, open.at});
  for (const std::size_t at : open.leaves) words()[at].target = words().size();
}

void Reader::leave() {
  const auto loop = std::find_if(body_->open.rbegin(), body_->open.rend(),
                                 [](const Open& open) { return open.what == Open::What::do_; });
  if (loop == body_->open.rend()) throw InvalidText("leave outside of a do loop");
  loop->leaves.push_back(words().size());
  words().push_back({Kind::leave});
}

void Reader::return_from_word() {
  if (body_ == &main_) throw InvalidText("return outside of a word");
  for (const Open& open : body_->open)
    if (open.what == Open::What::do_) throw InvalidText("return in a do loop");
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
      std::find(structure_names.begin(), structure_names.end(), name) != structure_names.end() &&
      !(name == "table" && settings_.rexa);
  if (structural || kind_of(name, settings_.rexa))
    throw InvalidText("name of the instruction set: " + std::string(name));
  if (parse_number(name, settings_.cell_bits, settings_.rexa)) throw InvalidText("a number is no name");
  return std::string(name);
}

std::int64_t Reader::number_here(std::string_view token) const {
  const auto number = parse_number(token, settings_.cell_bits, settings_.rexa);
  if (!number || number->is_double) throw InvalidText("unknown word: " + std::string(token));
  if (!number->in_range && !settings_.rexa) throw InvalidText("number out of range: " + std::string(token));
  return number->value;
}

std::size_t Reader::allot(std::size_t cells) {
  const std::size_t address = program_.data.size();
  const std::size_t size = address + cells * cell_bytes_;
  if (size > (std::size_t{1} << (settings_.cell_bits - 1))) throw InvalidText("too much storage");
  program_.data.resize(size);
  return address;
}

void Reader::variable(std::size_t cells) {
  std::string name = new_name();
  bind(std::move(name), {Kind::number, static_cast<std::int64_t>(allot(cells))});
}

void Reader::constant() {
  std::string name = new_name();
  const std::int64_t value = number_here(required("number of a constant"));
  bind(std::move(name), {Kind::number, value});
}

void Reader::array() {
  std::string name = new_name();
  const std::string_view token = required("length or elements of an array");
  std::vector<std::int64_t> elements;
  if (token == "{") {
    elements = list();
  } else {
    const std::int64_t length = number_here(token);
    if (length < 1) throw InvalidText("array without elements");
    if (length > (std::int64_t{1} << 24)) throw InvalidText("too much storage");
    elements.resize(static_cast<std::size_t>(length));
  }
  const std::size_t length_cell = allot(elements.size() + 1);
  store_cell(program_.data, length_cell, static_cast<std::int64_t>(elements.size()), settings_.cell_bits);
  const std::size_t address = length_cell + cell_bytes_;
  for (std::size_t k = 0; k < elements.size(); ++k)
    store_cell(program_.data, address + k * cell_bytes_, elements[k], settings_.cell_bits);
  bind(std::move(name), {Kind::number, static_cast<std::int64_t>(address)});
}

void Reader::table() {
  std::string name = new_name();
  const std::string_view type = required("type of a table");
  const unsigned bits = type == "int8" ? 8 : type == "int16" ? 16 : type == "int32" ? 32 : 0;
  if (bits == 0 || bits > settings_.cell_bits) throw InvalidText("unknown type of a table");
  if (required("elements of a table") != "{") throw InvalidText("table without elements");
  std::vector<std::int64_t> elements = list();
  for (const std::int64_t element : elements)
    if (wrap(element, bits) != element) throw InvalidText("element out of the range of the table's type");
  const std::int64_t lowest = -(std::int64_t{1} << (settings_.cell_bits - 1));
  bind(std::move(name), {Kind::number, lowest + static_cast<std::int64_t>(program_.tables.size())});
  program_.tables.push_back(std::move(elements));
}

std::vector<std::int64_t> Reader::list() {
  std::vector<std::int64_t> elements;
  for (std::string_view token = required("}"); token != "}"; token = required("}"))
    elements.push_back(number_here(token));
  if (elements.empty()) throw InvalidText("no elements");
  return elements;
}

}  // namespace

std::string_view kind_name(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

bool has_kind(Kind kind, bool rexa) {
  return !rexa || std::find(own_words.begin(), own_words.end(), kind) == own_words.end();
}

void store_cell(std::vector<std::uint8_t>& data, std::size_t offset, std::int64_t value, unsigned cell_bits) {
  for (unsigned byte = 0; byte < cell_bits / 8; ++byte)
    data[offset + byte] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * byte));
}

Program read_program(std::string_view text, const Settings& settings) {
  return Reader(text, settings).read();
}

}  // namespace mica::oracle
