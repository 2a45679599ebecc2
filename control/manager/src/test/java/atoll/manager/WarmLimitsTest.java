package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.WarmLimits.Kept;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmLimitsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T06:00:00Z");
  private static final WarmLimits LIMITS = new WarmLimits(3, 100, Duration.ofDays(30));

  private static Kept kept(String name, long bytes, long daysAgo) {
    return new Kept(name, bytes, NOW.minus(Duration.ofDays(daysAgo)));
  }

  private static List<String> surplus(Kept... all) {
    return LIMITS.surplus(List.of(all), NOW);
  }

  @Test
  void whatIsWithinTheLimitsStays() {
    assertThat(surplus(kept("a", 40, 30), kept("b", 30, 2), kept("c", 30, 0))).isEmpty();
  }

  @Test
  void whatWasNotUsedForLongGoes() {
    assertThat(surplus(kept("a", 1, 31), kept("b", 1, 29))).containsExactly("a");
  }

  @Test
  void ofTooManyThoseUsedLongestAgoGo() {
    assertThat(surplus(kept("a", 1, 4), kept("b", 1, 1), kept("c", 1, 2), kept("d", 1, 3)))
        .containsExactly("a");
  }

  @Test
  void whatFindsNoRoomBesideNewerOnesGoes() {
    assertThat(surplus(kept("a", 60, 2), kept("b", 60, 1), kept("c", 40, 3))).containsExactly("a");
    assertThat(surplus(kept("large", 101, 0), kept("b", 60, 1))).containsExactly("large");
  }
}
