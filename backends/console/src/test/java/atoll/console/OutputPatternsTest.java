package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.OutputPatterns.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputPatternsTest {
  private final AtomicInteger decided = new AtomicInteger();

  private OutputPatterns patterns(List<String> expected, List<String> forbidden) {
    return new OutputPatterns(
        expected.stream().map(Pattern::compile).toList(),
        forbidden.stream().map(Pattern::compile).toList(),
        decided::incrementAndGet);
  }

  private OutputPatterns expecting(String... expected) {
    return patterns(List.of(expected), List.of());
  }

  private static void print(OutputPatterns patterns, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    patterns.printed(bytes, 0, bytes.length);
  }

  private static void printBytewise(OutputPatterns patterns, String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      patterns.printed(new byte[] {b}, 0, 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "login:              | login:",
        "tests: \\d+ passed$ | \"tests: 12 passed\n\"",
        "^tests: .* passed$  | \"tests: 12 passed\r\n\"",
        "PASS                | \"\033[1;32mPA\033[0mSS\033[K\"",
        "PASS                | \"\033]0;a title\007PASS\"",
        "PASS                | \"\033]0;a title\033\\PASS\"",
        "PASS                | \"\033(BP\033=ASS\"",
        "^done$              | \"10 %\r50 %\rdone\r\n\"",
        "Größe: 5 µm         | Größe: 5 µm",
        "a\tb                | \"a\tb\"",
      })
  void itIsFoundWhereverPiecesEnd(String pattern, String text) {
    OutputPatterns whole = expecting(pattern);
    print(whole, text);
    assertThat(whole.verdict()).isEqualTo(new Verdict.Met());
    OutputPatterns bytes = expecting(pattern);
    printBytewise(bytes, text);
    assertThat(bytes.verdict()).isEqualTo(new Verdict.Met());
    assertThat(decided).hasValue(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "ab     | \"a\nb\"",
        "title  | \"\033]0;a title\007PASS\"",
        "^b     | ab",
        "a$     | \"ab\n\"",
        "a$     | a",
        "x      | \"\"",
      })
  void itIsNotFoundWhereItIsNot(String pattern, String text) {
    OutputPatterns patterns = expecting(pattern);
    printBytewise(patterns, text);
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Open());
    assertThat(patterns.missing()).contains(pattern);
    assertThat(decided).hasValue(0);
  }

  @Test
  void severalAreExpectedInTheirOrder() {
    OutputPatterns patterns = expecting("one", "two", "two");
    print(patterns, "two\none two one\n");
    assertThat(patterns.missing()).contains("two");
    print(patterns, "two");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
  }

  @Test
  void severalCanBeInOneLineButDoNotOverlap() {
    OutputPatterns patterns = expecting("ab", "ba");
    print(patterns, "aba");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Open());
    print(patterns, "ba");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
  }

  @Test
  void whatIsForbiddenDecidesWithItsLine() {
    OutputPatterns patterns = patterns(List.of("PASS"), List.of("panic", "FAIL \\d"));
    print(patterns, "starting\n\033[31mFAIL 7\033[0m of 9\r\nPASS\n");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Forbidden("FAIL \\d", "FAIL 7 of 9"));
    assertThat(decided).hasValue(1);
  }

  @Test
  void theFirstOfBothCountsAlsoInOneLine() {
    OutputPatterns good = patterns(List.of("PASS"), List.of("FAIL"));
    print(good, "PASS FAIL\n");
    assertThat(good.verdict()).isEqualTo(new Verdict.Met());
    OutputPatterns bad = patterns(List.of("PASS"), List.of("FAIL"));
    print(bad, "FAIL PASS\n");
    assertThat(bad.verdict()).isInstanceOf(Verdict.Forbidden.class);
  }

  @Test
  void nothingAfterTheDecisionCounts() {
    OutputPatterns patterns = patterns(List.of("PASS"), List.of("FAIL"));
    print(patterns, "PASS\n");
    print(patterns, "FAIL\n");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
    assertThat(decided).hasValue(1);
  }

  @Test
  void aLineWithoutEndIsLookedAtAsItComes() {
    OutputPatterns patterns = patterns(List.of("needle"), List.of("^needle", "needle$"));
    print(patterns, "x".repeat(100_000));
    print(patterns, "nee");
    print(patterns, "dle");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
  }

  /**
   * Each of them takes time that doubles with each further character, or grows with a high power of
   * their number. The JDK remembers in which states simpler ones have failed.
   */
  @ParameterizedTest
  @ValueSource(strings = {"(a+)+\\1b", "(a|aa)+\\1b", "(a*)*\\1b", ".*.*.*.*=", "(.+)(.+)(.+)\\1b"})
  void aGuestCannotHaveItSearchForEver(String pattern) {
    OutputPatterns patterns = patterns(List.of("PASS"), List.of(pattern));
    for (int i = 0; i < 3; i++) {
      print(patterns, "a".repeat(1000) + "!\n");
    }
    print(patterns, "PASS\n");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
    assertThat(patterns.skipped()).containsExactly(pattern);
  }

  @Test
  void usualExpressionsAreNotSkippedInLongLines() {
    List<String> usual = List.of(".*error.*", "\\s+\\d+\\s*%", "(?i)kernel panic.*not syncing");
    OutputPatterns patterns = patterns(List.of("PASS"), usual);
    Stream.iterate(100, length -> length <= 5000, length -> length + 700)
        .forEach(length -> print(patterns, "word 12 ".repeat(length / 8) + "\n"));
    print(patterns, "PASS\n");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Met());
    assertThat(patterns.skipped()).isEmpty();
  }

  @Test
  void whatIsNotExpectedDoesNotEndARun() {
    OutputPatterns patterns = patterns(List.of(), List.of("FAIL"));
    print(patterns, "all is well\n");
    assertThat(patterns.verdict()).isEqualTo(new Verdict.Open());
    assertThat(patterns.missing()).isEmpty();
  }
}
