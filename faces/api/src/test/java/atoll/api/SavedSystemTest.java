package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.manager.SnapshotAction;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Systems are saved and go on by the library. */
@Tag("slow")
class SavedSystemTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @Test
  void aLinuxGoesOnTwiceFromWhereItWasSaved() {
    assumeTrue(Linux.present(), "there is no Debian kernel in the cache, nor network");
    Operator operator = SystemLife.newOperator();
    String name = "test-" + operator.nonce();
    try {
      try (AtollSystem system = Atoll.linux().memory("256M").start()) {
        system.vm().run("echo saved > /tmp/f", LIMIT).orThrow();
        assertThat(system.save(name)).isPositive();
        assertThat(system.vm().run("echo later > /tmp/f; cat /tmp/f", LIMIT).output())
            .isEqualTo("later");
      }
      for (int turn = 0; turn < 2; turn++) {
        try (AtollSystem again = Atoll.restore(name).start()) {
          assertThat(again.vm().run("cat /tmp/f; echo other > /tmp/f", LIMIT).output())
              .isEqualTo("saved");
        }
      }
    } finally {
      long ignored = operator.perform(new SnapshotAction.RemoveSnapshot(name));
    }
  }

  @Test
  void whatWasNotSavedCannotBeGoneBackTo() {
    assertThatThrownBy(() -> Atoll.restore("never-saved").create())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("there is no snapshot 'never-saved'");
  }
}
