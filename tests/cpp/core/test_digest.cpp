// SHA-256 against FIPS 180-4 and Python's hashlib; moments and quantiles against NumPy; the wording of errors.
#include "catch.hpp"
#include "centresim/core/digest.hpp"
#include "centresim/core/error.hpp"
#include "centresim/core/statistics.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace centresim::core;

TEST_CASE("SHA-256 gives the published digests", "[core]") {
  CHECK(Sha256().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256().update("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256().update("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Sha256().update(std::string(1'000'000, 'a')).hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("A digest does not depend on how the bytes arrive", "[core]") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i);
  for (std::size_t length = 0; length <= text.size(); length += 7)
    for (const std::size_t piece : {1u, 3u, 63u, 64u, 65u}) {
      const std::string_view part = std::string_view(text).substr(0, length);
      Sha256 pieces;
      for (std::size_t at = 0; at < length; at += piece) pieces.update(part.substr(at, piece));
      CHECK(pieces.hex() == Sha256().update(part).hex());
    }
}

TEST_CASE("Integers enter a digest as eight bytes, the least first", "[core]") {
  // hashlib.sha256(struct.pack("<qq", 1, -2)).hexdigest()
  const std::string expected = "ad47ab1aede0a7b8af007a36d82ccbbee709bec1066af6f44fed82bd2cb490ed";
  CHECK(Sha256().add(std::int64_t{1}).add(std::int64_t{-2}).hex() == expected);
  const std::vector<std::int64_t> numbers{1, -2};
  CHECK(Sha256().add_all(numbers).hex() == expected);
  CHECK(Sha256().add_text("ab").add_text("c").hex() != Sha256().add_text("a").add_text("bc").hex());
}

TEST_CASE("Moments are those of the two-pass formula, also when merged", "[core]") {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(1e6 + i * i % 37);
  Moments all, left, right, none;
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.add(values[i]);
    (i < 31 ? left : right).add(values[i]);
  }
  left.merge(right);
  left.merge(none);
  none.merge(left);
  double sum = 0, squares = 0;
  for (const double x : values) sum += x;
  for (const double x : values) squares += (x - sum / 100) * (x - sum / 100);
  for (const Moments* m : {&all, &left, &none}) {
    CHECK(m->count() == 100);
    CHECK(m->mean() == Approx(sum / 100).epsilon(1e-14));
    CHECK(m->variance() == Approx(squares / 99).epsilon(1e-10));
  }
  CHECK(std::isnan(Moments().mean()));
  Moments one;
  one.add(3);
  CHECK(one.mean() == 3);
  CHECK(std::isnan(one.sd()));
}

TEST_CASE("Quantiles interpolate as NumPy's do", "[core]") {
  const std::vector<double> values{7, 1, 3, 9, 4, 4, 2.5}; // np.quantile(values, p)
  const double p[] = {0, 0.05, 0.25, 0.5, 0.9, 0.95, 1}, expected[] = {1, 1.45, 2.75, 4, 7.8, 8.4, 9};
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 7; ++i) {
    std::vector<double> scratch = values;
    CHECK(quantile_in_place(std::span(scratch), p[i]) == Approx(expected[i]).epsilon(1e-14));
    CHECK(quantile_sorted(std::span<const double>(sorted), p[i]) == Approx(expected[i]).epsilon(1e-14));
  }
  std::vector<std::int64_t> ticks{10, 20}, nothing;
  CHECK(quantile_in_place(std::span(ticks), 0.25) == 12.5);
  CHECK(std::isnan(quantile_in_place(std::span(nothing), 0.5)));
}

TEST_CASE("Errors say where and why, and leave out what they do not know", "[core]") {
  const Issue whole{"fab.toml", 12, "fab.tool_groups.litho.tools", "-1", "must be at least 1"};
  CHECK(to_string(whole) == "fab.toml:12: fab.tool_groups.litho.tools: -1: must be at least 1");
  CHECK(to_string(Issue{"", 0, "horizon", "", "is missing"}) == "horizon: is missing");
  CHECK(to_string(Issue{"a.csv", 0, "", "", "is empty"}) == "a.csv: is empty");
  const InputError error({whole, {"", 0, "horizon", "", "is missing"}});
  CHECK(error.issues().size() == 2);
  CHECK(std::string(error.what()).find("\nhorizon: is missing") != std::string::npos);
  CHECK(std::string(IoError("x.h5", "fab/wip", "no space left").what()) == "x.h5: fab/wip: no space left");
  CHECK(std::string(IoError("x.h5", "", "no space left").what()) == "x.h5: no space left");
}
