package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.vmm.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExpectationsTest {
  private static final Ending WELL = Ending.of(new Outcome.Poweroff(0));

  private final AtomicInteger decided = new AtomicInteger();

  private static List<VmPattern> patterns(String... texts) {
    return Arrays.stream(texts).map(new VmPattern.Converter()::convert).toList();
  }

  private Expectations expectations(List<VmPattern> expected, List<VmPattern> forbidden) {
    return new Expectations(expected, forbidden, true, decided::incrementAndGet);
  }

  private static void print(Expectations expectations, String vm, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    expectations.watch(vm).printed(bytes, 0, bytes.length);
  }

  @Test
  void withoutAnyARunEndsAsItDoes() {
    Expectations none = expectations(List.of(), List.of());
    print(none, "one", "anything\n");
    assertThat(none.ending(WELL)).isEqualTo(WELL);
    assertThat(none.ending(Ending.TIMEOUT)).isEqualTo(Ending.TIMEOUT);
  }

  @Test
  void everyMachineHasToPrintWhatIsExpectedOfIt() {
    Expectations both = expectations(patterns("one:ready", "two:PASS"), List.of());
    print(both, "one", "ready\n");
    print(both, "two", "ready\n");
    assertThat(decided).hasValue(0);
    print(both, "two", "PASS");
    assertThat(decided).hasValue(1);
    assertThat(both.ending(new Ending("poweroff", 7, "a code"))).isEqualTo(Ending.EXPECTED);
  }

  @Test
  void whatIsMissingAtTheEndIs123AndNamed() {
    Expectations both = expectations(patterns("one:ready", "two:PASS"), List.of());
    print(both, "one", "ready\n");
    Ending end = both.ending(WELL);
    assertThat(end.code()).isEqualTo(123);
    assertThat(end.name()).isEqualTo("unmet");
    assertThat(end.message())
        .isEqualTo("the run ended before two printed what --expect 'PASS' looks for");
  }

  @Test
  void anotherFailureKeepsItsCodeAndSaysBoth() {
    Ending end = expectations(patterns("one:PASS"), List.of()).ending(Ending.TIMEOUT);
    assertThat(end.code()).isEqualTo(124);
    assertThat(end.message())
        .isEqualTo(
            Ending.TIMEOUT.message()
                + "\natoll: the run ended before one printed what --expect 'PASS' looks for");
  }

  @Test
  void whatIsForbiddenIs123WithItsLine() {
    Expectations some = expectations(patterns("one:PASS"), patterns("two:panic|oops"));
    print(some, "two", "  kernel panic!\n");
    assertThat(decided).hasValue(1);
    Ending end = some.ending(WELL);
    assertThat(end.code()).isEqualTo(123);
    assertThat(end.message())
        .isEqualTo("two printed what --fail 'panic|oops' looks for: kernel panic!");
  }

  @Test
  void theFirstDecisionStays() {
    Expectations some = expectations(patterns("one:PASS"), patterns("two:FAIL"));
    print(some, "one", "PASS\n");
    print(some, "two", "FAIL\n");
    assertThat(decided).hasValue(1);
    assertThat(some.ending(WELL)).isEqualTo(Ending.EXPECTED);
  }

  @Test
  void anExpressionThatTakesTooLongIsRemarked() {
    Expectations some = expectations(List.of(), patterns("one:.*.*.*.*="));
    print(some, "one", "a".repeat(1000) + "\n");
    assertThat(some.remarks())
        .containsExactly(
            "some lines were skipped, because searching them for '.*.*.*.*=' took too long");
  }
}
