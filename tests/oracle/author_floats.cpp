// Floats: numbers, words, and arrays of them.
#include <array>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

constexpr std::array<std::string_view, 13> functions{"fnegate", "fabs",   "fsqrt", "fexp",     "fln",    "fsin", "fcos",
                                                     "ftanh",   "fround", "floor", "fsigmoid", "fround", "fabs"};
constexpr std::array<std::string_view, 8> pairs{"f+", "f-", "f*", "f/", "fmin", "fmax", "f+", "f*"};
constexpr std::array<std::string_view, 4> questions{"f<", "f=", "f0<", "f0="};

}  // namespace

// Never too large: at most 10 digits in front of the point, and an exponent of at most 27.
std::string Author::float_text() {
  static constexpr std::array<std::string_view, 20> edges{
      "0.0",           "-0.0",          "1.0",          "0.5",        "1.5",       "0.1",  "1e-45",
      "-1e-45",        "7e-46",         "1e3",          "2.5",        "-1E+2",     "1e-7", "1e-60",
      "1.1754944e-38", "1.1754942e-38", "3.4028235e38", "16777217.0", "8388607.5", "88.0"};
  if (random_.percent(30)) return std::string(random_.pick(edges));
  const auto digits = [&](unsigned most) {
    std::string text;
    for (unsigned left = random_.count(1, most); left > 0; --left) text += static_cast<char>('0' + random_.below(10));
    return text;
  };
  std::string text = random_.percent(40) ? "-" : "";
  text += digits(random_.percent(80) ? 2 : 10);
  const bool point = random_.percent(80);
  if (point) text += "." + digits(random_.percent(90) ? 6 : 30);
  if (point && random_.percent(60)) return text;
  text += random_.percent(80) ? "e" : "E";
  if (random_.percent(20)) return text + "+" + std::to_string(random_.below(28));
  return text + std::to_string(random_.percent(70) ? random_.between(-6, 6) : random_.between(-60, 27));
}

// One more cell, a float.
void Author::float_value() {
  static constexpr std::array<std::int64_t, 7> bits{0x7F800000, -0x800000, 0x7FC00000, -0x400000,
                                                    0x7F800001, 0x800000,  0x7F7FFFFF};
  const unsigned kind = random_.below(20);
  const Storage* array = some(random_.percent(50) ? Storage::Kind::floats : Storage::Kind::float_table);
  if (kind < 2) return number(random_.pick(bits));
  if (kind < 4) return number(wrap(static_cast<std::int64_t>(random_.next()), 32));
  if (kind < 7) {
    value(2);
    return op("s>f");
  }
  if (kind < 11 && array != nullptr) {
    const Storage chosen = *array;
    number(random_.below(chosen.length));
    name_of(chosen);
    return op("read");
  }
  writer_.word(float_text());
  account(0, 1, 1);
}

void Author::float_words() {
  if (!room(7) || !affordable(180)) return transform();
  if (scope_.depth == 0 || random_.percent(60)) float_value();
  for (unsigned left = random_.count(1, 4); left > 0; --left) {
    const unsigned kind = random_.below(10);
    if (kind < 4) {
      op(random_.pick(functions));
    } else if (kind < 8) {
      if (scope_.depth < 2 || random_.percent(70)) float_value();
      op(random_.pick(pairs));
    } else if (kind == 8) {
      const std::string_view question = random_.pick(questions);
      if (question.size() == 2) random_.percent(80) ? float_value() : op("dup");
      return op(question);
    }
  }
  const unsigned end = random_.below(10);
  const Storage* array = some(Storage::Kind::floats);
  if (end < 4) return op("f.");
  if (end < 6) return op("f>s");
  if (end > 7 || array == nullptr) return;
  const Storage chosen = *array;
  number(random_.below(chosen.length));
  name_of(chosen);
  op("write");
}

// Behind a handle, of any length; now and then cells that are floats.
void Author::declare_floats() {
  const unsigned length = random_.count(1, 6);
  std::string name = storage_name();
  const unsigned way = random_.below(10);
  const bool table = way < 4;
  const bool cells = way == 9;
  writer_.word(table ? "table" : "array");
  writer_.word(name);
  if (!cells) writer_.word("float32");
  if (way >= 7 && !cells) {
    writer_.number(length);
  } else if (way == 0 || way == 4) {
    std::vector<std::int64_t> bits;
    for (unsigned k = 0; k < length; ++k) bits.push_back(wrap(static_cast<std::int64_t>(random_.next()), 32));
    write_packed(bits, 4);
  } else {
    writer_.word("{");
    for (unsigned k = 0; k < length; ++k)
      writer_.word(cells || random_.percent(70) ? float_text() : std::to_string(random_.between(-20000000, 20000000)));
    writer_.word("}");
  }
  if (cells) {
    remember(Storage::Kind::array, std::move(name), length, false);
    return;
  }
  if (!table) data_end_ += (4 - data_end_ % 4) % 4 + 4 * length;
  remember(table ? Storage::Kind::float_table : Storage::Kind::floats, std::move(name), length, false);
}

// A constant or a cell of the program that is a float.
void Author::float_constant(const std::string& name) {
  writer_.word("const");
  writer_.word(name);
  writer_.word(float_text());
}

}  // namespace mica::oracle
