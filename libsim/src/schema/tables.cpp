#include "centresim/schema/tables.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/type_info.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <unordered_set>

namespace centresim::schema {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargeList = 50; // rows

// Relative names start at the folder of the file that names them; of a link to that file: of the one or the other.
fs::path table_path(const std::string& name, const Where& where) {
  fs::path path = name;
  if (path.is_absolute() || !where.file) return path;
  const fs::path scenario = *where.file;
  fs::path beside = scenario.parent_path() / path;
  std::error_code error;
  if (!fs::exists(beside, error) && fs::is_symlink(scenario, error))
    return core::behind_links(scenario).parent_path() / path;
  return beside;
}

class Expander {
 public:
  explicit Expander(Errors& errors) : errors_(errors) {}

  // `field`: what the node is, and `type` of what table; null where the description knows nothing of it.
  void run(Node& node, const TypeInfo* type, const FieldInfo* field, const Trail& trail) {
    const bool list_of_records = field != nullptr && field->list && field->nested != nullptr;
    if (auto* members = node.table()) {
      const Node* name = node.find("table");
      if (name != nullptr && list_of_records) {
        node = rows(node, *name, type, trail);
        return;
      }
      for (Member& member : *members) {
        const FieldInfo* known = type != nullptr ? type->find(member.key) : nullptr;
        const TypeInfo* below = known != nullptr && known->nested != nullptr ? &known->nested() : nullptr;
        run(member.value, below, known, Trail(trail, member.key));
      }
    } else if (auto* items = node.array()) {
      for (std::size_t i = 0; i < items->size(); ++i) run((*items)[i], type, nullptr, Trail(trail, i));
    }
  }

 private:
  // The rows of the file; none where it cannot be read, so that the reader has nothing more to say about it.
  Node rows(const Node& node, const Node& name, const TypeInfo* type, const Trail& trail) {
    Node none = Node::empty_array();
    none.where = {node.where.file, kAlreadyTold};
    bool good = true;
    for (const Member& member : *node.table()) {
      if (member.key == "table") continue;
      errors_.add_at(member.value, Trail(trail, shortened(member.key)), "unknown key beside 'table'");
      good = false;
    }
    if (!good) return none;
    const auto fail = [&](const std::string& rule) {
      errors_.add_at(name, trail, rule);
      return none;
    };
    if (name.text() == nullptr) return fail("table must be a text: the name of a .csv file");
    if (fs::path(*name.text()).extension() != ".csv") return fail("a table is a .csv file");
    try {
      const fs::path path = table_path(*name.text(), node.where);
      return parse_csv(read_text_file(path), path.string(), errors_, type);
    } catch (const core::IoError& error) {
      return fail("the table cannot be read: " + error.reason());
    } catch (const core::InputError& error) {
      for (const core::Issue& issue : error.issues()) errors_.add_issue(issue);
      return none;
    }
  }

  Errors& errors_;
};

bool fits_csv(const Node& node) {
  const auto* items = node.array();
  if (items == nullptr || items->size() < kLargeList) return false;
  return std::all_of(items->begin(), items->end(), [](const Node& item) {
    const auto* members = item.table();
    if (members == nullptr || members->empty()) return false;
    return std::all_of(members->begin(), members->end(), [](const Member& m) {
      const auto* text = m.value.text();
      return m.value.array() == nullptr && m.value.table() == nullptr && (text == nullptr || !text->empty());
    });
  });
}

// Takes the large lists out of a tree.
class Extractor {
 public:
  explicit Extractor(std::string folder) : folder_(std::move(folder)) {}
  struct File {
    std::string name, text;
  };
  std::vector<File> files;

  void run(Node& node, const std::string& name) {
    if (fits_csv(node)) {
      std::string file = unique(name.empty() ? "rows" : name);
      files.push_back({file, write_csv(node)});
      Node reference = Node::empty_table();
      reference.set("table", folder_ + "/" + file);
      node = std::move(reference);
    } else if (auto* members = node.table()) {
      for (Member& member : *members) run(member.value, joined(name, member.key));
    } else if (auto* items = node.array()) {
      for (std::size_t i = 0; i < items->size(); ++i) {
        const Node* label = (*items)[i].find("name");
        const bool named = label != nullptr && label->text() != nullptr;
        run((*items)[i], joined(name, named ? *label->text() : std::to_string(i + 1)));
      }
    }
  }

 private:
  static std::string joined(const std::string& base, const std::string& name) {
    std::string text = base.empty() ? "" : base + ".";
    for (const char c : name.substr(0, 60)) {
      const bool plain =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      text += plain ? c : '_';
    }
    return text;
  }
  std::string unique(std::string name) {
    if (name.size() > 150) name.erase(0, name.size() - 150);
    std::string file = name + ".csv";
    for (int i = 2; !taken_.insert(file).second; ++i) file = name + "-" + std::to_string(i) + ".csv";
    return file;
  }

  std::string folder_;
  std::unordered_set<std::string> taken_;
};

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw core::IoError(path.string(), "", error.message());
}

// Puts `made` in the place of `target`, and what stood there in the place of `made`.
void exchange_folders(const fs::path& made, const fs::path& target) {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
#endif
  const fs::path aside = made.string() + ".old";
  std::error_code error;
  fs::rename(target, aside, error);
  if (error) fail(target, error);
  fs::rename(made, target, error);
  if (error) {
    std::error_code ignored;
    fs::rename(aside, target, ignored);
    fail(target, error);
  }
  fs::rename(aside, made, error);
}

// A new folder under a temporary name; what is left of it at the end is removed.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& target) {
    const std::string stem = target.string() + ".tmp-" + std::to_string(::getpid());
    std::error_code error;
    for (int attempt = 0; attempt < 1000; ++attempt) { // a name that is taken belongs to somebody else
      path_ = attempt == 0 ? stem : stem + "-" + std::to_string(attempt);
      if (fs::create_directory(path_, error)) return;
      if (error) fail(path_, error);
    }
    fail(path_, std::make_error_code(std::errc::file_exists));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Everything else that lies in the folder stays: tables of other scenarios, and whatever people keep there.
void carry_over(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const fs::path target = to / at->path().filename();
    if (fs::exists(fs::symlink_status(target, error))) {
      if (at->is_directory(error) && !at->is_symlink(error))
        throw core::IoError(at->path().string(), "", "is a folder where a table must be written");
      continue;
    }
    constexpr auto kAll = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
    fs::copy(at->path(), target, kAll | fs::copy_options::create_hard_links, error);
    if (error) { // not every file system has hard links
      fs::remove_all(target, error);
      fs::copy(at->path(), target, kAll, error);
    }
    if (error) throw core::IoError(at->path().string(), "", "cannot be carried over: " + error.message());
  }
  if (error) fail(from, error);
}

} // namespace

void expand_tables(Node& root, const TypeInfo& type, Errors& errors) {
  Expander(errors).run(root, &type, nullptr, Trail());
}

void write_toml_with_tables(const fs::path& named, const Node& root) {
  const fs::path path = core::behind_links(named);
  const fs::path folder = core::behind_links(fs::path(path).replace_extension(".tables"));
  Node rest = root;
  Extractor extractor(fs::path(path).replace_extension(".tables").filename().string());
  extractor.run(rest, "");
  const std::string text = write_toml(rest);
  if (extractor.files.empty()) return write_text_file(path, text);

  std::error_code error;
  const bool replaces = fs::exists(folder, error);
  if (replaces && !fs::is_directory(folder, error))
    throw core::IoError(folder.string(), "", "is no folder: the tables of the scenario belong there");
  TemporaryFolder made(folder);
  for (const auto& file : extractor.files) write_text_file(made.path() / file.name, file.text);
  if (replaces) {
    carry_over(folder, made.path());
    exchange_folders(made.path(), folder);
  } else {
    fs::rename(made.path(), folder, error);
    if (error) fail(folder, error);
  }
  try {
    write_text_file(path, text);
  } catch (...) { // back to what was before
    if (replaces)
      exchange_folders(made.path(), folder);
    else
      fs::rename(folder, made.path(), error);
    throw;
  }
}

} // namespace centresim::schema
