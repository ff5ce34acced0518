#include "centresim/schema/tables.hpp"

#include "centresim/core/error.hpp"
#include "centresim/schema/file.hpp"

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

const std::string* table_name(const Node& node) {
  const auto* members = node.table();
  if (members == nullptr || members->size() != 1 || members->front().key != "table") return nullptr;
  return members->front().value.text();
}

void expand(Node& node, const Trail& trail, Errors& errors) {
  if (const auto* name = table_name(node)) {
    fs::path path = *name;
    if (path.extension() != ".csv") return errors.add_at(node.table()->front().value, trail, "a table is a .csv file");
    if (path.is_relative() && node.where.file) path = fs::path(*node.where.file).parent_path() / path;
    try {
      node = parse_csv(read_text_file(path), path.string(), errors);
    } catch (const core::IoError& error) {
      errors.add_at(node.table()->front().value, trail, "the table cannot be read: " + error.reason());
    } catch (const core::InputError& error) {
      for (const core::Issue& issue : error.issues()) errors.add_issue(issue);
    }
  } else if (auto* members = node.table()) {
    for (Member& member : *members) expand(member.value, Trail(trail, member.key), errors);
  } else if (auto* items = node.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) expand((*items)[i], Trail(trail, i), errors);
  }
}

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

// A folder under a temporary name; what is left of it at the end is removed.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!fs::create_directory(path_, error)) fail(path_, error);
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

} // namespace

void expand_tables(Node& root, Errors& errors) { expand(root, Trail(), errors); }

void write_toml_with_tables(const fs::path& path, const Node& root) {
  const fs::path folder = fs::path(path).replace_extension(".tables");
  Node rest = root;
  Extractor extractor(folder.filename().string());
  extractor.run(rest, "");
  const std::string text = write_toml(rest);
  if (extractor.files.empty()) return write_text_file(path, text);

  TemporaryFolder made(folder.string() + ".tmp-" + std::to_string(::getpid()));
  for (const auto& file : extractor.files) write_text_file(made.path() / file.name, file.text);
  std::error_code error;
  const bool replaces = fs::exists(folder, error);
  if (replaces) {
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
