package atoll.scenario;

import atoll.image.Words;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a step of a test script can do; its word is the key that says so. */
enum TestVerb {
  EXPECT("vm, within"),
  MATCH("vm, within, save"),
  ABSENT("vm, within"),
  SEND("vm"),
  SEND_LINE("vm"),
  PRESS("vm"),
  RUN("vm, within, exit, output, output-match, save"),
  COPY_IN("vm, to"),
  COPY_OUT("vm, to"),
  WAIT(""),
  START(""),
  STOP(""),
  PAUSE(""),
  RESUME(""),
  RESET(""),
  POWERDOWN(""),
  BUTTON("vm, for"),
  HOLD("vm"),
  RELEASE("vm"),
  LED("vm, within, is"),
  LINK("vm, nic"),
  ENDS("vm, within, code"),
  STATE("vm, within"),
  LIVES("vm, within"),
  MEMORY("vm, is, bytes, text"),
  REGISTER("vm, hart, is"),
  EXITS("vm, at-least, at-most"),
  LATENESS("vm, at-most"),
  SCREENSHOT("vm");

  private final String beside;

  /**
   * @param beside keys that can stand beside it
   */
  TestVerb(String beside) {
    this.beside = beside;
  }

  String word() {
    return Words.of(this);
  }

  /** Keys that can stand beside it. */
  List<String> beside() {
    return beside.isEmpty() ? List.of() : List.of(beside.split(", ", -1));
  }

  static List<String> words() {
    return Arrays.stream(values()).map(TestVerb::word).toList();
  }

  static Optional<TestVerb> of(String word) {
    return Words.find(TestVerb.class, word);
  }

  /** All keys of steps. */
  static String[] keys() {
    return Stream.concat(
            words().stream(), Arrays.stream(values()).flatMap(verb -> verb.beside().stream()))
        .distinct()
        .toArray(String[]::new);
  }
}
