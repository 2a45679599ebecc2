package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import atoll.manager.BoardAction;
import atoll.manager.Bytes;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmStatus;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A signal in each moment of a run ends it in order; each moment is found by what happens in it.
 */
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

  /** Types one line at each of a guest's prompts. */
  private static final class Console implements EventListener {
    private final String vm;
    private final String line;
    private final Moments moments;
    private final Semaphore room = new Semaphore(0);
    private Manager manager;
    private int lives;

    Console(String line, Moments moments) {
      this("vm", line, moments);
    }

    Console(String vm, String line, Moments moments) {
      this.vm = vm;
      this.line = line;
      this.moments = moments;
    }

    @Override
    public void accept(Event event) {
      if (!(event instanceof Event.OfVm of) || !of.vm().equals(vm)) {
        return;
      }
      switch (of) {
        case Event.ConsoleReady ready -> moments.plugged.accept(++lives);
        case Event.ConsoleRoom room -> this.room.release();
        case Event.Printed printed when printed.bytes().toString().contains(">") ->
            Thread.ofVirtual().start(this::answer);
        default -> {}
      }
    }

    private void answer() {
      moments.prompted.run();
      int done = 0;
      while (done < line.length()) {
        int taken = manager.perform(new BoardAction.Type(vm, Bytes.of(line.substring(done))));
        done += taken;
        if (taken == 0) {
          room.acquireUninterruptibly();
        }
      }
    }
  }

  /** A run of one VM, or of two, with a console that types at the first. */
  private record Run(SystemAction.CreateSystem create, Console console) {}

  private static Run hello(Console console) {
    return run(new Guest.Program(GuestProgram.HELLO, ""), console);
  }

  private static Run run(Guest guest, Console console) {
    VmDescription vm =
        VmDescription.builder("vm", guest).memory(16 << 20).console(ConsoleKind.SERIAL).build();
    return new Run(
        new SystemAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of()), console);
  }

  /** Gives the signal as soon as a life has ended. */
  private Session.Result perform(Run run, Session session, Manager with, Duration limit) {
    run.console.manager = with;
    EventListener listener =
        event -> {
          run.console.accept(event);
          if (event instanceof Event.LifeEnded) {
            signal.run();
          }
        };
    return session.run(run.create, listener, limit, ScreenAlbum.none());
  }

  private Session.Result perform(Run run, Session session) {
    return perform(run, session, manager, LONG);
  }

  private Session one() {
    return new Session(manager, false);
  }

  private Session two() {
    return new Session(manager, true);
  }

  private static void assertSignalled(Session.Result result) {
    assertThat(result.ending()).isEqualTo(Ending.SIGNAL);
  }

  @Test
  void beforeAMachineIsMade() throws Exception {
    Session session = one();
    session.signalled();
    assertSignalled(perform(hello(new Console("", Moments.UNWATCHED)), session));
  }

  @Test
  void whileAMachineIsMade() throws Exception {
    Session session = one();
    Moments making = new Moments(lives -> session.signalled(), () -> {});
    assertSignalled(perform(hello(new Console("", making)), session));
  }

  @Test
  void whileImagesAreFetchedFromAMirrorThatDoesNotAnswer() throws Exception {
    try (ServerSocket mirror = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Manager fetching =
          new Manager(
              Clock.host(),
              Effects.host(),
              name -> name.equals("XDG_CACHE_HOME") ? folder.toString() : null);
      Session session = new Session(fetching, false);
      Thread.ofVirtual().start(() -> signalWhenAsked(mirror, session));
      Guest linux =
          new Guest.Linux(
              new MirrorChoice(
                  Optional.of("http://localhost:" + mirror.getLocalPort()), Optional.empty()),
              Guest.Linux.NO_TERMINAL,
              Guest.Images.none());
      assertSignalled(
          perform(run(linux, new Console("", Moments.UNWATCHED)), session, fetching, LONG));
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
    Session session = new Session(counted, false);
    signal = session::signalled;
    assertSignalled(
        perform(hello(new Console("echo on\n", Moments.UNWATCHED)), session, counted, LONG));
    Session whole = new Session(counted, true);
    Run run = system(Moments.UNWATCHED);
    signal = whole::signalled;
    clock.calls.set(0);
    assertSignalled(perform(run, whole, counted, LONG));
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
    manager.perform(system(Moments.UNWATCHED).create);
    manager.perform(new SystemAction.StopSystem());
    manager.perform(new SystemAction.StartSystem());
    assertThat(manager.perform(new SystemAction.AwaitSystem(LONG))).isTrue();
    assertThat(manager.perform(new SystemAction.DescribeSystem()).vms())
        .allMatch(vm -> vm.statistics().instructions() == 0, "it never ran");
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  @Test
  void anOperatorMayStartAMachineBeforeTheSystemDoes() throws Exception {
    manager.perform(system(Moments.UNWATCHED).create);
    assertThat(manager.perform(new LifeAction.Start("waiting"))).isEqualTo(VmStatus.RUNNING);
    manager.perform(new SystemAction.StartSystem());
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  @Test
  void whileAMachineRuns() throws Exception {
    Session session = one();
    Moments running = new Moments(lives -> {}, session::signalled);
    Session.Result result = perform(hello(new Console("", running)), session);
    assertSignalled(result);
    assertThat(result.statistics().vms().getFirst().statistics().instructions()).isPositive();
  }

  /** Where a system on a disk of its own is kept. */
  private Path box() throws IOException {
    Path place = Files.createDirectories(folder.resolve("atoll/disks/box"));
    Path ignored = Files.createFile(place.resolve("disk.img"));
    return place.resolve("suspended");
  }

  private Manager keeping() {
    return new Manager(
        Clock.host(),
        Effects.host(),
        name -> name.equals("XDG_DATA_HOME") ? folder.toString() : null);
  }

  @Test
  void aSystemOnADiskOfItsOwnIsSuspendedFirst() throws Exception {
    Path ignored = box();
    Manager keeper = keeping();
    Session session = new Session(keeper, false, Optional.of("box"));
    Console console = new Console("", new Moments(lives -> {}, session::signalled));
    assertSignalled(perform(hello(console), session, keeper, LONG));
    assertThat(keeper.perform(new SnapshotAction.FindSuspended("box"))).isPresent();
  }

  @Test
  void whatCannotBeSuspendedGoesOnUntilItsUserLeavesItOnceMore() throws Exception {
    Path ignored = Files.createFile(box());
    Manager keeper = keeping();
    Session session = new Session(keeper, false, Optional.of("box"));
    AtomicInteger running = new AtomicInteger();
    Console console =
        new Console(
            "",
            new Moments(
                lives -> {},
                () -> {
                  session.quitAfter(Ending.QUIT);
                  boolean ended = keeper.perform(new SystemAction.AwaitSystem(Duration.ZERO));
                  running.set(ended ? 0 : 1);
                  session.quitAfter(Ending.QUIT);
                }));
    Session.Result result = perform(hello(console), session, keeper, LONG);
    assertThat(result.ending()).isEqualTo(Ending.QUIT);
    assertThat(running).hasValue(1);
  }

  @Test
  void whileItIsStoppedForAnotherReasonThatReasonStays() throws Exception {
    Session session = one();
    Session.Result result =
        perform(hello(new Console("", Moments.UNWATCHED)), session, manager, Duration.ofNanos(1));
    assertThat(result.ending()).isEqualTo(Ending.TIMEOUT);
    session.signalled();
  }

  @Test
  void afterTheGuestHasEndedItsOwnEndStays() throws Exception {
    Session session = one();
    Session.Result result = perform(hello(new Console("poweroff 7\n", Moments.UNWATCHED)), session);
    session.signalled();
    assertThat(result.ending().code()).isEqualTo(7);
  }

  /** Two machines; one of them fails at each prompt and is started again. */
  private Run system(Moments moments) throws IOException {
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
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    return new Run(
        new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of()),
        new Console("failing", "poweroff 3\n", moments));
  }

  @Test
  void beforeMachinesAreMade() throws Exception {
    Session session = two();
    Run create = system(Moments.UNWATCHED);
    session.signalled();
    assertSignalled(perform(create, session));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whileMachinesAreMadeForTheFirstTimeOrAgain(int life) throws Exception {
    Session session = two();
    // From elsewhere, as a signal comes; the machine's own lock is held here.
    IntConsumer plugged =
        lives -> {
          if (lives == life) {
            Thread.ofVirtual().start(session::signalled);
          }
        };
    Moments making = new Moments(plugged, () -> {});
    assertSignalled(perform(system(making), session));
  }

  @Test
  void whileMachinesRun() throws Exception {
    Session session = two();
    Moments running = new Moments(lives -> {}, session::signalled);
    assertSignalled(perform(system(running), session));
  }

  @Test
  void whileAMachineWaitsToBeStartedAgain() throws Exception {
    Session session = two();
    signal = session::signalled;
    assertSignalled(perform(system(Moments.UNWATCHED), session));
  }
}
