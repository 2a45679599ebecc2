package atoll.kernel;

import atoll.cpu.Exit;
import atoll.host.Clock;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** A guest that leaves only when it is kicked shares its pCPU with a better one that is woken. */
class PreemptionRaceTest {
  private static final int ROUNDS = 20_000;

  @Test
  void noWakeUpOfABetterOneIsLost() throws Exception {
    var served = new Semaphore(0);
    FakeCpu spinning = new FakeCpu().spins();
    FakeCpu woken = new FakeCpu();
    for (int round = 0; round < ROUNDS; round++) {
      woken.executes(() -> {
        woken.raise(9, false);
        served.release();
        return Exit.HALT;
      });
    }
    var memory = new MachineMemory(Long.MAX_VALUE);
    try (Board board = new Board(new Microkernel(Clock.host(), 1, PriorityPolicy::new, memory))) {
      Board.require(board.calls.createVcpu(10, spinning));
      Board.require(board.calls.createContext(20, 10, 0, Reservation.priority(10)));
      Board.require(board.calls.createVcpu(11, woken));
      Board.require(board.calls.createContext(21, 11, 0, Reservation.priority(200)));
      board.start(1);
      board.start(0);
      for (int round = 0; round < ROUNDS; round++) {
        served.acquire();
        board.vcpu(1).raise(9, true);
      }
    }
  }
}
