#include "centresim/io/jasima.hpp"

#include "jasima_model.hpp"
#include "text_file.hpp"

namespace centresim::io {

centre::Scenario read_jasima(const std::filesystem::path& path) {
  schema::Errors errors;
  const auto text = read_text_file(path, errors);
  jasima::Shop shop;
  if (text) shop = jasima::parse(jasima::split_lines(*text), path.string(), errors);
  errors.throw_if_any();
  centre::Scenario scenario = jasima::build(shop, path.string(), errors);
  errors.throw_if_any();
  return scenario;
}

} // namespace centresim::io
