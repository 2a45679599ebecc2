package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Linux is paused for ten hours, and does not know of it, but of a new generation. */
@Tag("slow")
class PausedLinuxTest {
  private static final long PAUSE = 36_000;

  private static final String COMMANDS =
      """
      sleep 30000 & nap=$!
      say() { echo "$1 $(date +%s) $(cut -d. -f1 /proc/uptime)."; }
      say BEFORE
      read line
      say AFTER
      kill -0 $nap && echo STILL ASLEEP
      dmesg | grep -iE "stall|lockup|clocksource.*(skew|unstable)" || echo CALM
      until dmesg | grep -o "crng reseeded due to virtual machine fork"; do usleep 20000; done
      """;

  /** The host's clock, but ten hours later from some time on. */
  private static final class LaterClock implements Clock {
    private final Clock host = Clock.host();
    private volatile long later;

    @Override
    public long nanos() {
      return host.nanos() + later;
    }

    @Override
    public long epochNanos() {
      return host.epochNanos() + later;
    }
  }

  /** What Linux says, in seconds. */
  private record Said(long date, long uptime) {
    static Said of(TestVm vm, String word) throws InterruptedException {
      vm.console().await(word + " ", LIMIT);
      String[] numbers = vm.console().await(".", LIMIT).replace(".", "").split(" ", -1);
      return new Said(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void neitherDateNorUptimeNorTimersOfLinuxSeeAPauseAndItsRandomnessIsNew(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    LaterClock clock = new LaterClock();
    VmConfig.Builder config =
        VmConfig.builder(engine, linux.get().boot(COMMANDS)).memory(256 << 20);
    try (Microkernel board = Microkernel.dedicated(clock, 1);
        TestVm vm = TestVm.start(config, board)) {
      Said before = Said.of(vm, "BEFORE");
      vm.machine().pause();
      clock.later = Duration.ofSeconds(PAUSE).toNanos();
      vm.machine().renew();
      vm.machine().resume();
      vm.console().type("\n");
      Said after = Said.of(vm, "AFTER");
      vm.console().await("STILL ASLEEP", LIMIT);
      vm.console().await("CALM", LIMIT);
      vm.console().await("crng reseeded", LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(after.date - before.date).isBetween(0L, PAUSE / 2);
      assertThat(after.uptime - before.uptime).isBetween(0L, PAUSE / 2);
    }
  }
}
