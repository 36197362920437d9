#include "loader.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "block_reader.hpp"
#include "effect_parser.hpp"
#include "json/failure.hpp"
#include "json/json_file.hpp"
#include "reserved_names.hpp"
#include "snippet_reader.hpp"

namespace mica::codegen {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> strings(const Json& object, const char* key) {
  return object.contains(key) ? object[key].get<std::vector<std::string>>() : std::vector<std::string>{};
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources) {}

  Model load() {
    load_kinds();
    load_traps();
    load_verbs();
    load_profile();
    for (std::size_t k = 0; k < model_.profile.groups.size(); ++k)
      load_group(model_.profile.groups[k], fmt::format("{}: /groups/{}", sources_.profile, k));
    select();
    load_other_groups();
    fuse();
    return std::move(model_);
  }

 private:
  Json read(const std::string& file, const std::string& schema) {
    model_.inputs.push_back(file);
    const std::string schema_file = sources_.isa + "/schema/" + schema + ".schema.json";
    model_.inputs.push_back(schema_file);
    return read_json(file, schema_file);
  }

  void load_kinds() {
    const Json file = read(sources_.isa + "/kinds.json", "kinds");
    for (const auto& [name, entry] : file["stack_items"].items())
      model_.kinds.stack_items[name] = {entry["cells"], entry["type"], entry["doc"]};
    for (const auto& [name, entry] : file["operands"].items())
      model_.kinds.operands[name] = {entry["bytes"], entry["type"], entry["role"], entry["doc"]};
    for (const auto& [name, kind] : model_.kinds.stack_items)
      if ((kind.cells == 2) != (kind.type == "Double"))
        fail(sources_.isa + "/kinds.json: /stack_items/" + name, "a Cell is 1 cell and a Double 2");
    for (const auto& [name, kind] : model_.kinds.operands) {
      refuse_reserved(sources_.isa + "/kinds.json: /operands/" + name, name);
      const bool fits = kind.type == "float"
                            ? kind.bytes == 4
                            : kind.type.find(std::to_string(8 * kind.bytes) + "_t") != std::string::npos;
      if (!fits) fail(sources_.isa + "/kinds.json: /operands/" + name, "{} has not {} bytes", kind.type, kind.bytes);
      const unsigned wanted = kind.role == "branch" || kind.role == "call" || kind.role == "array" ? 2 : 1;
      if (kind.role != "literal" && kind.role != "field" && kind.bytes != wanted)
        fail(sources_.isa + "/kinds.json: /operands/" + name, "the compiler writes {} byte(s) for the role '{}'",
             wanted, kind.role);
    }
  }

  void load_traps() {
    const std::string name = sources_.isa + "/traps.json";
    const Json file = read(name, "traps");
    for (const Json& entry : file["traps"]) {
      const std::string where = fmt::format("{}: /traps/{}", name, model_.traps.size());
      const TrapInfo trap = {entry["number"], entry["name"], entry["text"]};
      refuse_reserved(where + "/name", trap.name, {"none"});
      for (const TrapInfo& other : model_.traps)
        if (other.number == trap.number || other.name == trap.name)
          fail(where, "trap '{}' has the name or number of another", trap.name);
      model_.traps.push_back(trap);
    }
  }

  void load_verbs() {
    const std::string json_file = sources_.isa + "/verbs.json";
    const Json file = read(json_file, "verbs");
    for (const auto& [name, entry] : file["verbs"].items()) {
      model_.vocabulary.verbs[name] = {
          strings(entry, "control"),    strings(entry, "traps"),
          entry.value("sliced", false), entry.value("arguments", "").starts_with("variable"),
          entry.value("begin", false),  entry.value("check", false)};
      for (const std::string& trap : model_.vocabulary.verbs[name].traps)
        if (!model_.has_trap(trap))
          fail(json_file + ": /verbs/" + name + "/traps", "traps.json has no trap '{}'", trap);
    }
    model_.vocabulary.helpers = strings(file, "helpers");
  }

  void load_profile() {
    const Json file = read(sources_.profile, "profile");
    Profile& profile = model_.profile;
    profile.file = sources_.profile;
    profile.name = file["profile"];
    profile.name_space = profile.name;
    std::replace(profile.name_space.begin(), profile.name_space.end(), '-', '_');
    profile.doc = file["doc"];
    profile.dialect = file["dialect"];
    profile.cell_bits = file["cell_bits"];
    profile.groups = strings(file, "groups");
    profile.without = strings(file, "without");
    if (file.contains("fused")) profile.fused = file["fused"].get<std::vector<std::vector<std::string>>>();
    profile.dispatch = file["dispatch"];
    profile.snapshots = file.value("snapshots", false);
    profile.error_texts = file.value("error_texts", true);
    for (const auto& [name, value] : file["limits"].items()) profile.limits.emplace_back(name, value);
  }

  // The folder and the name of the first of the two files that make a group; both must be of one folder.
  std::string find_group(const std::string& group) const {
    for (const std::string& folder : sources_.group_folders) {
      const std::string file = folder + "/" + group;
      const bool entries = std::filesystem::exists(file + ".json");
      const bool snippets = std::filesystem::exists(file + ".ops.hpp");
      if (entries != snippets)
        fail(sources_.profile + ": /groups", "{}{} has no {}{} beside it", file, entries ? ".json" : ".ops.hpp", group,
             entries ? ".ops.hpp" : ".json");
      if (entries) return file;
    }
    fail(sources_.profile + ": /groups", "there is no file {}.json in the group folders", group);
  }

  // `where` the profile names it.
  void load_group(const std::string& group, const std::string& where) {
    const std::string found = find_group(group), json_file = found + ".json", snippet_file = found + ".ops.hpp";
    const Json file = read(json_file, "group");
    if (file["group"] != group) fail(json_file + ": /group", "the group must be named like its file, '{}'", group);
    const unsigned cell_bits = file.value("cell_bits", model_.profile.cell_bits);
    if (cell_bits != model_.profile.cell_bits)
      fail(where, "the group '{}' is for cells of {} bits, those of the profile have {}", group, cell_bits,
           model_.profile.cell_bits);
    const std::string dialect = file.value("dialect", model_.profile.dialect);
    if (dialect != model_.profile.dialect)
      fail(where, "the group '{}' is for the dialect '{}', that of the profile is '{}'", group, dialect,
           model_.profile.dialect);
    model_.groups.push_back({group, file["doc"], file.value("redefinable", false)});
    model_.inputs.push_back(snippet_file);
    fields_ = file.value("fields", Json::object());
    auto [snippets, kernels] = read_snippets(snippet_file);
    model_.kernels.insert(kernels.begin(), kernels.end());
    for (std::size_t k = 0; k < file["instructions"].size(); ++k)
      load_instruction(file["instructions"][k], group, fmt::format("{}: /instructions/{}", json_file, k), snippets);
    if (!snippets.empty()) {
      const auto& [name, snippet] = *snippets.begin();
      fail(fmt::format("{}:{}", snippet.file, snippet.line), "{} has no entry in {}", name, json_file);
    }
    if (!file.contains("words")) return;
    for (std::size_t k = 0; k < file["words"].size(); ++k)
      model_.words.push_back(read_word(file["words"][k], group, fmt::format("{}: /words/{}", json_file, k)));
  }

  std::vector<Example> load_tests(const Json& entry) {
    std::vector<Example> tests;
    if (!entry.contains("tests")) return tests;
    for (const Json& test : entry["tests"]) {
      Example example;
      if (test.contains("in")) example.in = test["in"].get<std::vector<std::int64_t>>();
      if (test.contains("out")) example.out = test["out"].get<std::vector<std::int64_t>>();
      example.text = test.value("text", "");
      example.output = test.value("output", "");
      example.trap = test.value("trap", "");
      example.cell_bits = test.value("cell_bits", 0u);
      example.dialect = test.value("dialect", "");
      tests.push_back(std::move(example));
    }
    return tests;
  }

  Snippet take(Snippets& snippets, const std::string& key, const Instruction& instruction) {
    const auto found = snippets.find(key);
    if (found == snippets.end())
      fail(instruction.where, "'{}' has no snippet {}({})", instruction.name, key.substr(0, key.find(' ')),
           instruction.name);
    Snippet snippet = found->second;
    snippets.erase(found);
    return snippet;
  }

  void load_instruction(const Json& entry, const std::string& group, const std::string& where, Snippets& snippets) {
    Instruction instruction = read_instruction(entry, group, where);
    if (const Instruction* other = model_.find(instruction.name))
      fail(where + "/name", "instruction '{}' exists in {}", instruction.name, other->where);
    if (instruction.has_block()) instruction.block_check = take(snippets, "OP_CHECK " + instruction.name, instruction);
    if (instruction.sliced()) {
      // What a block says is checked when it is compiled: nothing is left to do at the begin.
      if (!instruction.has_block()) instruction.body = take(snippets, "OP_BEGIN " + instruction.name, instruction);
      instruction.unit = take(snippets, "OP_UNIT " + instruction.name, instruction);
    } else {
      instruction.body = take(snippets, "OP " + instruction.name, instruction);
    }
    model_.instructions.push_back(std::move(instruction));
  }

  // The entry alone, without its snippets.
  Instruction read_instruction(const Json& entry, const std::string& group, const std::string& where) {
    Instruction instruction;
    instruction.name = entry["name"];
    instruction.word = entry.value("word", "");
    instruction.group = group;
    instruction.where = where;
    instruction.effect_text = entry["effect"];
    const Effects effects = parse_effect(instruction.effect_text, model_.kinds, where + "/effect");
    instruction.data = effects.data;
    instruction.loop = effects.loop;
    instruction.effect_of_callee = entry.value("effect_rule", "") == "callee";
    instruction.effect_of_host = entry.value("effect_rule", "") == "host";
    instruction.effect_of_data = entry.value("effect_rule", "") == "data";
    if (entry.contains("operands")) load_operands(entry["operands"], instruction);
    if (entry.contains("block")) {
      if (entry.contains("operands")) fail(where + "/operands", "the fields of a block are the operands");
      instruction.block = read_block(entry["block"], fields_, where);
      instruction.operands = operands_of(instruction.block, model_.kinds, where);
    }
    instruction.traps = strings(entry, "traps");
    instruction.control = entry.value("control", "");
    instruction.page = entry.value("page", 1u);
    instruction.cell_bits = entry.value("cell_bits", 0u);
    instruction.dialect = entry.value("dialect", "");
    instruction.required = entry.value("required", false);
    instruction.function = entry.value("function", 0);
    instruction.doc = entry["doc"];
    instruction.ticks = entry["cost"]["ticks"];
    if (entry["cost"].contains("unit")) {
      instruction.unit_ticks = entry["cost"]["unit"]["ticks"];
      instruction.unit_work = entry["cost"]["unit"]["work"];
    }
    instruction.in_units = entry.contains("sliced");
    if (instruction.in_units)
      for (const Json& field : entry["sliced"]["state"])
        instruction.state.push_back({field["name"], field["type"], field["doc"]});
    instruction.tests = load_tests(entry);
    return instruction;
  }

  void load_operands(const Json& operands, Instruction& instruction) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::string kind = operands[k]["kind"];
      const auto known = model_.kinds.operands.find(kind);
      if (known == model_.kinds.operands.end())
        fail(fmt::format("{}/operands/{}/kind", instruction.where, k), "'{}' is no operand kind of kinds.json", kind);
      instruction.operands.push_back({operands[k]["name"], kind, known->second});
    }
  }

  CompileWord read_word(const Json& entry, const std::string& group, const std::string& where) {
    CompileWord word;
    word.word = entry["word"];
    word.action = entry["compile"];
    word.group = group;
    word.where = where;
    word.ticks = entry["ticks"];
    word.needs = strings(entry, "needs");
    word.with = strings(entry, "with");
    word.dialect = entry.value("dialect", "");
    word.redefinable = entry.value("redefinable", false);
    word.doc = entry["doc"];
    word.tests = load_tests(entry);
    return word;
  }

  // Leaves what the profile has: its cell width, its dialect, not what it names under "without".
  void select() {
    const Profile& profile = model_.profile;
    std::vector<std::string> unused = profile.without;
    const auto drop = [&](const std::string& word, const std::string& name, const std::string& dialect, unsigned bits) {
      for (const std::string& gone : profile.without) {
        if (gone != word && gone != name) continue;
        std::erase(unused, gone);
        return true;
      }
      return (!dialect.empty() && dialect != profile.dialect) || (bits != 0 && bits != profile.cell_bits);
    };
    const auto lacks = [&](const Instruction& one) { return drop(one.word, one.name, one.dialect, one.cell_bits); };
    std::copy_if(model_.instructions.begin(), model_.instructions.end(), std::back_inserter(model_.absent), lacks);
    std::erase_if(model_.instructions, lacks);
    const auto lacks_word = [&](const CompileWord& one) { return drop(one.word, one.action, one.dialect, 0); };
    std::copy_if(model_.words.begin(), model_.words.end(), std::back_inserter(model_.absent_words), lacks_word);
    std::erase_if(model_.words, lacks_word);
    if (!unused.empty()) fail(profile.file + ": /without", "no word or instruction '{}' in the groups", unused.front());
  }

  // The runtime knows some instructions and compiling words by name, so that it must be told which are absent, also
  // those of groups that the profile does not have. What a group of one's own has under such a name is present.
  void load_other_groups() {
    std::set<std::string> files;  // in an order that no file system decides
    std::error_code missing;      // all groups may be one's own
    for (const auto& entry : std::filesystem::directory_iterator(sources_.isa + "/groups", missing))
      if (entry.path().extension() == ".json") files.insert(entry.path().stem().string());
    for (const std::string& group : files) {
      const std::vector<std::string>& selected = model_.profile.groups;
      if (std::find(selected.begin(), selected.end(), group) != selected.end()) continue;
      const std::string json_file = sources_.isa + "/groups/" + group + ".json";
      const Json file = read(json_file, "group");
      const std::string where = json_file + ": /";
      fields_ = file.value("fields", Json::object());
      for (std::size_t k = 0; k < file["instructions"].size(); ++k)
        model_.absent.push_back(
            read_instruction(file["instructions"][k], group, fmt::format("{}instructions/{}", where, k)));
      for (std::size_t k = 0; file.contains("words") && k < file["words"].size(); ++k)
        model_.absent_words.push_back(read_word(file["words"][k], group, fmt::format("{}words/{}", where, k)));
    }
    std::erase_if(model_.absent, [&](const Instruction& one) { return model_.find(one.name) != nullptr; });
  }

  void fuse() {
    for (std::size_t k = 0; k < model_.profile.fused.size(); ++k) {
      Fusion fusion;
      for (const std::string& name : model_.profile.fused[k]) {
        const Instruction* part = model_.find(name);
        if (!part)
          fail(fmt::format("{}: /fused/{}", model_.profile.file, k), "the profile has no instruction '{}'", name);
        fusion.name += (fusion.parts.empty() ? "" : "__") + name;
        fusion.parts.push_back(part);
      }
      model_.fusions.push_back(std::move(fusion));
    }
  }

  const Sources& sources_;
  Model model_;
  Json fields_;  // that the group in work defines for its blocks
};

}  // namespace

Model load(const Sources& sources) { return Loader(sources).load(); }

}  // namespace mica::codegen
