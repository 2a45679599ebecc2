package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import atoll.api.AtollSystem;
import atoll.api.Ending;
import atoll.api.Vm;
import atoll.api.VmState;
import atoll.junit.Guest;
import atoll.junit.Scenario;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tests of bare-metal programs: each has a board of its own, which is there in a moment. */
class FirmwareTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Another board beside each test's own. */
  @Guest(value = "hello", name = "neighbour")
  private Vm neighbour;

  @Test
  void itAnswersAndEndsWithItsCode(@Guest("hello") Vm board) {
    board.console().expect("> ", SOON);
    board.console().sendLine("echo good morning");
    board.console().expect("good morning", SOON);
    board.console().sendLine("poweroff 3");
    assertEquals(new Ending.PoweredOff(3), board.awaitEnd(SOON));
    assertEquals(VmState.RUNNING, neighbour.state());
  }

  @Test
  void itHandlesExceptions(@Guest(value = "hello", cpus = 2) Vm board) {
    board.console().expect("> ", SOON);
    board.console().sendLine("trap");
    board.console().expect("ecall: ", SOON);
    board.console().expect("> ", SOON);
    assertTrue(board.statistics().exceptions().values().stream().anyMatch(count -> count > 0));
  }

  /** The end of one partition is not the end of the other. */
  @Test
  void partitionsAreIsolated(
      @Scenario("pair.yaml") AtollSystem system, @Scenario(value = "pair.yaml", vm = "left") Vm left) {
    Vm right = system.vm("right");
    left.console().expect("> ", SOON);
    right.console().expect("> ", SOON);
    left.stop();
    right.console().sendLine("echo still here");
    right.console().expect("still here", SOON);
    assertEquals(VmState.RUNNING, right.state());
  }
}
