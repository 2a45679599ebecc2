package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import atoll.engine.Paging;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import atoll.image.Progress;
import atoll.manager.Manager;
import atoll.manager.RunningSystem;
import atoll.manager.SystemListener;
import atoll.manager.VmAction;
import atoll.manager.VmStatus;
import atoll.manager.Wiring;
import atoll.scenario.Guest;
import atoll.scenario.MachineSpec;
import atoll.scenario.Scenario;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A signal in each moment of a run ends it in order; each moment is found by what happens in it.
 */
@Timeout(60)
class QuitTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir private Path folder;
  private final Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
  private Runnable signal = () -> {};

  @AfterEach
  void forgetInterrupts() {
    boolean ignored = Thread.interrupted();
  }

  /**
   * What happens in the runs of a guest.
   *
   * @param plugged its machine has got a console: it is being made, for the n-th time
   * @param prompted the guest waits for input
   */
  private record Moments(IntConsumer plugged, Runnable prompted) {
    static final Moments UNWATCHED = new Moments(lives -> {}, () -> {});
  }

  /** Types one line at each of the guest's prompts. */
  private static final class Console implements ConsoleBackend {
    private final Moments moments;
    private final byte[] line;
    private final Semaphore room = new Semaphore(0);
    private Receiver receiver;
    private int lives;

    Console(String line, Moments moments) {
      this.line = line.getBytes(StandardCharsets.US_ASCII);
      this.moments = moments;
    }

    @Override
    public void attach(Receiver to) {
      receiver = to;
      moments.plugged.accept(++lives);
    }

    @Override
    public void output(byte[] bytes, int offset, int length) {
      for (int i = offset; i < offset + length; i++) {
        if (bytes[i] == '>') {
          Receiver to = receiver;
          Thread.ofVirtual()
              .start(() -> {
                moments.prompted.run();
                type(to);
              });
        }
      }
    }

    private void type(Receiver to) {
      int done = 0;
      while (done < line.length) {
        int taken = to.input(line, done, line.length - done);
        done += taken;
        if (taken == 0) {
          room.acquireUninterruptibly();
        }
      }
    }

    @Override
    public void ready() {
      room.release();
    }
  }

  /** Gives the signal when a run looks at the time, which it does between making and starting. */
  private final class WatchedClock implements Clock {
    @Override
    public long nanos() {
      signal.run();
      return 0;
    }

    @Override
    public long epochNanos() {
      return 0;
    }
  }

  private static VmAction.Create hello(Console console) {
    return create(new Guest.Program(GuestProgram.HELLO, ""), console);
  }

  private static VmAction.Create create(Guest guest, Console console) {
    MachineSpec spec =
        new MachineSpec(
            guest,
            16 << 20,
            1,
            "auto",
            "auto",
            Paging.SV57,
            VmConfig.OnTrapLoop.END,
            List.of(),
            Map.of(),
            false,
            new MachineSpec.Reports(Optional.empty(), Optional.empty(), false));
    return new VmAction.Create(
        spec, new Wiring(console, Optional.empty()), notice -> {}, Progress.SILENT);
  }

  private static void assertSignalled(Session.Result result) {
    assertThat(result.ending()).isEqualTo(Ending.SIGNAL);
  }

  @Test
  void beforeAMachineIsMade() throws Exception {
    Session session = new Session(manager, Clock.host());
    session.signalled();
    assertSignalled(session.run(hello(new Console("", Moments.UNWATCHED)), LONG));
  }

  @Test
  void whileAMachineIsMade() throws Exception {
    Session session = new Session(manager, Clock.host());
    Moments making = new Moments(lives -> session.signalled(), () -> {});
    assertSignalled(session.run(hello(new Console("", making)), LONG));
  }

  @Test
  void betweenTheMakingOfAMachineAndItsStart() throws Exception {
    Session session = new Session(manager, new WatchedClock());
    signal = session::signalled;
    Session.Result result = session.run(hello(new Console("", Moments.UNWATCHED)), LONG);
    assertSignalled(result);
    assertThat(result.statistics().instructions()).as("it never ran").isZero();
  }

  @Test
  void whileImagesAreFetchedFromAMirrorThatDoesNotAnswer() throws Exception {
    try (ServerSocket mirror = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Manager fetching =
          new Manager(
              Clock.host(),
              Effects.host(),
              name -> name.equals("XDG_CACHE_HOME") ? folder.toString() : null);
      Session session = new Session(fetching, Clock.host());
      Thread.ofVirtual().start(() -> signalWhenAsked(mirror, session));
      Guest linux =
          new Guest.Linux(
              new MirrorChoice(
                  Optional.of("http://localhost:" + mirror.getLocalPort()), Optional.empty()),
              Guest.Linux.NO_TERMINAL,
              Guest.Images.none());
      Session.Result result = session.run(create(linux, new Console("", Moments.UNWATCHED)), LONG);
      assertSignalled(result);
    }
  }

  /** Keeps the connection, so that who has asked waits for an answer. */
  private static void signalWhenAsked(ServerSocket mirror, Session session) {
    try {
      Socket asked = mirror.accept();
      boolean ignored = asked.getInputStream().read() >= 0;
      session.signalled();
      ignored = asked.getInputStream().readAllBytes().length > 0; // until the other end is closed
    } catch (IOException e) {
      throw new UncheckedIOException("the test's own mirror fails", e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 40, 80})
  void wheneverAnythingOfARunLooksAtTheTime(int call) throws Exception {
    CountingClock clock = new CountingClock(call);
    Manager counted = new Manager(clock, Effects.host(), name -> null);
    Session session = new Session(counted, clock);
    signal = session::signalled;
    assertSignalled(session.run(hello(new Console("echo on\n", Moments.UNWATCHED)), LONG));
    SystemSession whole = new SystemSession(counted);
    VmAction.CreateSystem create = system(Moments.UNWATCHED);
    signal = whole::signalled;
    clock.calls.set(0);
    assertSignalled(whole.run(create, LONG));
  }

  /** Gives the signal, from elsewhere, when it is asked for the n-th time. */
  private final class CountingClock implements Clock {
    private final Clock host = Clock.host();
    private final AtomicInteger calls = new AtomicInteger();
    private final int wanted;

    CountingClock(int wanted) {
      this.wanted = wanted;
    }

    @Override
    public long nanos() {
      if (calls.incrementAndGet() == wanted) {
        Thread.ofVirtual().start(signal);
      }
      return host.nanos();
    }

    @Override
    public long epochNanos() {
      return host.epochNanos();
    }
  }

  @Test
  void aSystemThatIsStoppedBeforeItsStartIsOver() throws Exception {
    try (RunningSystem system = manager.perform(system(Moments.UNWATCHED))) {
      system.stop();
      system.start();
      assertThat(system.awaitEnd(LONG)).isTrue();
    }
  }

  @Test
  void anOperatorMayStartAMachineBeforeTheSystemDoes() throws Exception {
    try (RunningSystem system = manager.perform(system(Moments.UNWATCHED))) {
      VmStatus status = manager.perform(new VmAction.Start(system, "waiting"));
      system.start();
      assertThat(status).isEqualTo(VmStatus.RUNNING);
    }
  }

  @Test
  void whileAMachineRuns() throws Exception {
    Session session = new Session(manager, Clock.host());
    Moments running = new Moments(lives -> {}, session::signalled);
    Session.Result result = session.run(hello(new Console("", running)), LONG);
    assertSignalled(result);
    assertThat(result.statistics().instructions()).isPositive();
  }

  @Test
  void whileItIsStoppedForAnotherReasonThatReasonStays() throws Exception {
    Session session = new Session(manager, Clock.host());
    Session.Result result =
        session.run(hello(new Console("", Moments.UNWATCHED)), Duration.ofNanos(1));
    assertThat(result.ending()).isEqualTo(Ending.TIMEOUT);
    session.signalled();
  }

  @Test
  void afterTheGuestHasEndedItsOwnEndStays() throws Exception {
    Session session = new Session(manager, Clock.host());
    Session.Result result =
        session.run(hello(new Console("poweroff 7\n", Moments.UNWATCHED)), LONG);
    session.signalled();
    assertThat(result.ending().code()).isEqualTo(7);
  }

  /** Two machines; one of them fails at each prompt and is started again. */
  private VmAction.CreateSystem system(Moments moments) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("two.yaml"),
            """
            name: two
            machine: {cpus: [fair], memory: 64M}
            vms:
              failing:
                builtin: hello
                memory: 16M
                restart: {policy: on-failure, max: 5, backoff: 1ms}
              waiting: {builtin: hello, memory: 16M}
            """);
    Scenario scenario = manager.perform(new VmAction.Plan(file)).scenario();
    Wiring failing = new Wiring(new Console("poweroff 3\n", moments), Optional.empty());
    return new VmAction.CreateSystem(
        scenario,
        Map.of("failing", failing),
        Guest.Linux.NO_TERMINAL,
        new Listener(),
        Progress.SILENT);
  }

  /** Gives the signal as soon as a machine has ended. */
  private final class Listener implements SystemListener {
    @Override
    public void beginsAgain(String vm) {}

    @Override
    public void ended(String vm, Outcome outcome, Optional<Restart> restart) {
      signal.run();
    }

    @Override
    public void noticed(String vm, String text) {}
  }

  private static void assertSignalled(SystemSession.Result result) {
    assertThat(result.ending()).isEqualTo(Ending.SIGNAL);
  }

  @Test
  void beforeMachinesAreMade() throws Exception {
    SystemSession session = new SystemSession(manager);
    VmAction.CreateSystem create = system(Moments.UNWATCHED);
    session.signalled();
    assertSignalled(session.run(create, LONG));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whileMachinesAreMadeForTheFirstTimeOrAgain(int life) throws Exception {
    SystemSession session = new SystemSession(manager);
    // From elsewhere, as a signal comes; the machine's own lock is held here.
    IntConsumer plugged =
        lives -> {
          if (lives == life) {
            Thread.ofVirtual().start(session::signalled);
          }
        };
    Moments making = new Moments(plugged, () -> {});
    assertSignalled(session.run(system(making), LONG));
  }

  @Test
  void whileMachinesRun() throws Exception {
    SystemSession session = new SystemSession(manager);
    Moments running = new Moments(lives -> {}, session::signalled);
    assertSignalled(session.run(system(running), LONG));
  }

  @Test
  void whileAMachineWaitsToBeStartedAgain() throws Exception {
    SystemSession session = new SystemSession(manager);
    signal = session::signalled;
    assertSignalled(session.run(system(Moments.UNWATCHED), LONG));
  }
}
