package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.Timers;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SystemAction;
import atoll.manager.VmStatus;
import atoll.manager.Wiring;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with one machine, its monitor or its devices is no other machine's concern. */
class MachineIsolationTest {
  private static final String GREETING = "Hello from a bare-metal RISC-V guest";

  @TempDir private Path folder;

  /** A device's backend with a defect: throws at its n-th byte of output, and only then. */
  private static final class Defective implements ConsoleBackend {
    private final AtomicInteger left;

    Defective(int bytes) {
      left = new AtomicInteger(bytes);
    }

    @Override
    public void output(byte[] bytes, int offset, int length) {
      if (left.addAndGet(-length) == 0) {
        throw new IllegalArgumentException("a defect of the device");
      }
    }

    @Override
    public void attach(Receiver receiver) {}

    @Override
    public void ready() {}
  }

  private TestSystem start(ConsoleBackend console) throws IOException {
    return TestSystem.start(
        folder,
        """
        name: defects
        machine:
          cpus: [{policy: dedicated}, {policy: dedicated}]
          memory: 64M
        vms:
          sound: {builtin: hello, memory: 16M}
          defective: {builtin: hello, memory: 16M, restart: {policy: on-failure, backoff: 1ms}}
        """,
        Map.of("defective", new Wiring(console, Optional.empty())));
  }

  @Test
  void aDeviceThatThrowsEndsItsOwnMachineAndTheReportSaysWhy() throws Exception {
    try (TestSystem system = start(new Defective(20))) {
      system.console("sound").await("> ", LIMIT);
      TestSystem.End end = system.awaitEnd("defective", 1, LIMIT);
      Outcome.Failed failed = (Outcome.Failed) end.outcome();
      assertThat(failed.reason()).contains("defective/cpu0", "a defect of the device");
      assertThat(failed.cause()).get().isInstanceOf(IllegalArgumentException.class);
      assertThat(failed.harts()).hasSize(1);
      system.console("sound").type("echo sound\r");
      system.console("sound").await("sound\r\nsound\r\n", LIMIT);
    }
  }

  @Test
  void itIsStartedAgainInADomainOfItsOwn() throws Exception {
    try (TestSystem system = start(new Defective(20))) {
      assertThat(system.awaitEnd("defective", 1, LIMIT).again()).isTrue();
      system.await("defective", VmStatus.RUNNING);
      assertThat(system.vm("defective").restarts()).isEqualTo(1);
      assertThat(system.statistics().platform().memory().used()).isEqualTo(32 << 20);
    }
  }

  /**
   * What a machine prints from its first prompt on while its neighbour on the same CPU prints
   * {@code flood} lines.
   */
  private String printedBeside(int flood) throws Exception {
    try (TestSystem system =
        TestSystem.start(
            folder,
            """
            name: consoles
            machine: {cpus: [fair], memory: 64M}
            vms:
              quiet: {builtin: hello, memory: 16M}
              loud: {builtin: hello, memory: 16M}
            """)) {
      system.console("loud").type(("echo " + "x".repeat(70) + "\r").repeat(flood));
      system.console("quiet").await("> ", LIMIT);
      for (int n = 0; n < 20; n++) {
        system.console("quiet").type("echo line %d\r".formatted(n));
        system.console("quiet").await("line %1$d\r\nline %1$d\r\n> ".formatted(n), LIMIT);
      }
      String text = system.console("quiet").text();
      return text.substring(text.indexOf("> ")); // the greeting has the time
    }
  }

  @Test
  void aMachineThatPrintsWithoutEndLeavesTheConsoleOfAnotherAsItIs() throws Exception {
    assertThat(printedBeside(5_000)).isEqualTo(printedBeside(0)).doesNotContain("xx");
  }

  @Test
  void sixteenMachinesOf64MiBRunAtOnceAndGiveEverythingBack() throws Exception {
    List<String> cpus = new ArrayList<>();
    StringBuilder vms = new StringBuilder();
    for (int n = 0; n < 16; n++) {
      cpus.add("{policy: dedicated}");
      vms.append("  vm%d: {builtin: hello, memory: 64M}\n".formatted(n));
    }
    try (TestSystem system =
        TestSystem.start(
            folder, "name: many\nmachine: {cpus: %s, memory: 1G}\nvms:\n%s".formatted(cpus, vms))) {
      List<String> names = IntStream.range(0, 16).mapToObj(n -> "vm" + n).toList();
      for (String name : names) {
        system.console(name).await(GREETING, LIMIT);
        system.console(name).await("> ", LIMIT);
      }
      assertThat(system.statistics().platform().memory().used()).isEqualTo(1L << 30);
      assertThat(system.statistics().platform().memory().extents())
          .extracting(extent -> extent.hpa() >> 26)
          .doesNotHaveDuplicates();
      for (String name : names) {
        system.console(name).type("echo I am " + name + "\r");
      }
      for (String name : names) {
        String mine = "I am " + name + "\r\n";
        system.console(name).await(mine + mine, LIMIT);
        system.console(name).type("poweroff\r");
      }
      system.awaitOver(LIMIT);
      assertThat(system.statistics().platform().memory().used()).isZero();
      assertThat(system.statistics().platform().memory().peak()).isEqualTo(1L << 30);
    }
  }

  /** Timers of machines that throw when they are closed; the first are the platform's. */
  private static Effects defectiveAtTheEnd() {
    Effects host = Effects.host();
    AtomicInteger made = new AtomicInteger();
    return new Effects(
        clock -> {
          Timers real = host.timers().apply(clock);
          return made.getAndIncrement() == 0 ? real : new DefectiveTimers(real);
        },
        host.tasks(),
        host.entropy());
  }

  private record DefectiveTimers(Timers real) implements Timers {
    @Override
    public Armed at(long nanos, Runnable action) {
      return real.at(nanos, action);
    }

    @Override
    public void close() {
      real.close();
      throw new AssertionError("a defect at the end");
    }
  }

  /** Runs a guest to its end; returns how its lives have ended. */
  private List<Outcome> runToTheEnd(Effects effects, EventListener face) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("end.yaml"),
            """
            machine: {cpus: 1, memory: 16M}
            vms: {vm: {kernel: %s, append: loops=1, memory: 16M}}
            """
                .formatted(GuestProgram.elf("latency")));
    Manager manager = new Manager(Clock.host(), effects, System::getenv);
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    List<Outcome> ends = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch told = new CountDownLatch(1);
    manager.perform(
        new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of()),
        event -> {
          if (event instanceof Event.LifeEnded ended) {
            ends.add(ended.outcome());
            told.countDown();
          }
          face.accept(event);
        });
    manager.perform(new SystemAction.StartSystem());
    assertThat(manager.perform(new SystemAction.AwaitSystem(LIMIT))).isTrue();
    assertThat(told.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue(); // after the status
    manager.perform(new SystemAction.StopSystem());
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
    return ends;
  }

  @Test
  void aMachineThatCannotBeClearedAwayHasAnEndAllTheSame() throws Exception {
    List<Outcome> ends = runToTheEnd(defectiveAtTheEnd(), EventListener.nobody());
    assertThat(ends).hasSize(1);
    assertThat(((Outcome.Failed) ends.getFirst()).cause()).isPresent();
  }

  @Test
  void aFaceThatFailsAtAnEndLeavesNoSystemWithoutOne() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    List<Outcome> ends =
        runToTheEnd(
            Effects.host(),
            event -> {
              if (event instanceof Event.StatusChanged(String vm, VmStatus now)
                  && now == VmStatus.ENDED
                  && failures.getAndIncrement() == 0) {
                throw new AssertionError("a defect of a face");
              }
            });
    assertThat(ends).hasSize(1);
  }
}
