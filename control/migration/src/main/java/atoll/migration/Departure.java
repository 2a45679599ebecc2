package atoll.migration;

import atoll.host.Clock;
import atoll.host.EntropySource;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.line.Line;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A system leaves for another host: the course of it at the source. Used once. */
public final class Departure {
  /** How long the target may take to make room, which may be to fetch what the system needs. */
  private static final Duration ACCEPTANCE = Duration.ofMinutes(5);

  /** How long the other end may be silent, or take nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long the target may take to say that the system runs: it has only to let it go. */
  private static final Duration START = Duration.ofSeconds(10);

  /** After so much time without a word the target is told that it goes on. */
  private static final long SILENCE = Duration.ofSeconds(5).toNanos();

  /** How often the target is asked what has become of it, when the connection was lost. */
  private static final int ASKED = 3;

  private static final int ID_BYTES = 16;

  private final Connection connection;
  private final MovingSystem system;
  private final Clock clock;
  private final Tasks tasks;
  private final Consumer<MigrationRound> rounds;
  private final String id;
  private final Precopy precopy;
  private final List<PageBatch> batches = new ArrayList<>();

  /** What is to be copied next. */
  private List<BitSet> rest = List.of();

  private Frames frames;
  private Answers answers;
  private SourceFate fate = SourceFate.OWNS;
  private Optional<MigrationException> failure = Optional.empty();
  private Optional<MigrationDoubt> doubt = Optional.empty();
  private Duration rehearsal = Duration.ZERO;
  private long begun;
  private long ran;
  private long spoken;
  private long pages;
  private long bytes;

  /** Connects to the target. */
  @FunctionalInterface
  public interface Connection {
    /** A new connection, on which nothing has been said. */
    Line connect() throws IOException;
  }

  /**
   * @param rounds told of each round, on the thread of {@link #run}
   */
  public Departure(
      Connection connection,
      MovingSystem system,
      MigrationSettings settings,
      Clock clock,
      Tasks tasks,
      EntropySource entropy,
      Consumer<MigrationRound> rounds) {
    this.connection = connection;
    this.system = system;
    this.clock = clock;
    this.tasks = tasks;
    this.rounds = rounds;
    byte[] number = new byte[ID_BYTES];
    entropy.fill(number);
    id = HexFormat.of().formatHex(number);
    precopy = new Precopy(settings);
  }

  /**
   * Moves it.
   *
   * @return what it took; the system stands still here for good
   * @throws MigrationException if it has not moved: it has been released
   * @throws MigrationDoubt if nobody knows who runs it: it stands still here
   */
  public MigrationSummary run() throws MigrationException, MigrationDoubt, InterruptedException {
    begun = clock.nanos();
    spoken = begun;
    try {
      int count = copy();
      Duration downtime = handOver();
      return new MigrationSummary(
          count,
          pages,
          bytes,
          Duration.ofNanos(clock.nanos() - begun),
          downtime,
          rehearsal,
          precopy.throttle());
    } catch (MigrationException e) {
      cancel(e.getMessage());
      throw e;
    } finally {
      system.release();
      if (frames != null) {
        frames.close();
      }
    }
  }

  /** The target need not find out by itself. */
  private void cancel(String reason) {
    if (frames != null && fate.mayRun()) {
      try {
        frames.say(new Message.Cancel(reason));
      } catch (IOException e) {
        // It finds out.
      }
    }
  }

  // ------------------------------------------------------------ while it runs

  /** Returns how many rounds there were. */
  private int copy() throws MigrationException, InterruptedException {
    system.follow();
    List<Region> regions = system.regions();
    connect();
    frames.patience(ACCEPTANCE); // in which the target need not say anything
    answers = Answers.of(frames, tasks);
    say(new Message.Offer(id, system.name(), system.description(), regions));
    Message.Accepted ignored = answers.await(Message.Accepted.class, ACCEPTANCE);
    frames.patience(PATIENCE);
    rehearse();
    for (int region = 0; region < regions.size(); region++) {
      batches.add(new PageBatch(region));
    }
    int round = 1;
    long from = clock.nanos();
    long before = bytes;
    long sent = everything(regions);
    while (over(round, sent, bytes - before, from) == Precopy.Next.COPY) {
      round++;
      before = bytes;
      from = clock.nanos();
      sent = send(rest);
    }
    return round;
  }

  /**
   * The system stands still once for as long as its state takes. So what is in its way at the
   * target is known before anything is copied, and neither end does for the first time what has to
   * be quick at the end.
   */
  private void rehearse() throws MigrationException, InterruptedException {
    List<byte[]> states = new ArrayList<>();
    long from = clock.nanos();
    system.whileHeld(() -> {
      try {
        states.add(system.state());
      } catch (MigrationException e) {
        failure = Optional.of(e);
      }
      return MovingSystem.Afterwards.GOES_ON;
    });
    rehearsal = Duration.ofNanos(clock.nanos() - from);
    if (failure.isPresent()) {
      throw failure.get();
    }
    say(new Message.Rehearse(states.getFirst()));
    Message.Rehearsed ignored = answers.await(Message.Rehearsed.class, PATIENCE);
  }

  private void connect() throws MigrationException {
    try {
      frames = new Frames(connection.connect());
    } catch (IOException e) {
      throw new MigrationException(HostException.reason(e), e);
    }
  }

  /** The first round: the target has zeroes everywhere. */
  private long everything(List<Region> regions) throws MigrationException {
    long sent = 0;
    for (int region = 0; region < regions.size(); region++) {
      int end = regions.get(region).pages();
      int page = system.data(region, 0);
      while (page >= 0 && page < end) {
        add(region, page, true);
        sent++;
        page = page + 1 < end ? system.data(region, page + 1) : -1;
      }
      flush(region);
    }
    return sent;
  }

  private long send(List<BitSet> written) throws MigrationException {
    long sent = 0;
    for (int region = 0; region < written.size(); region++) {
      BitSet some = written.get(region);
      for (int page = some.nextSetBit(0); page >= 0; page = some.nextSetBit(page + 1)) {
        add(region, page, false);
        sent++;
      }
      flush(region);
    }
    return sent;
  }

  private void add(int region, int page, boolean first) throws MigrationException {
    PageBatch batch = batches.get(region);
    system.read(region, page, batch.place());
    boolean some = batch.add(page, first);
    pages++;
    if (batch.full()) {
      flush(region);
    } else if (!some) {
      stayAlive();
    }
  }

  private void flush(int region) throws MigrationException {
    PageBatch batch = batches.get(region);
    if (batch.empty()) {
      return;
    }
    answers.check();
    try {
      var whole = batch.take();
      bytes += whole.remaining();
      frames.pages(whole);
      spoken = clock.nanos();
    } catch (IOException e) {
      throw lost(e);
    }
  }

  private void stayAlive() throws MigrationException {
    if (clock.nanos() - spoken > SILENCE) {
      say(new Message.Alive());
    }
  }

  /** The reason that the target gives counts more than what has become of the connection. */
  private MigrationException lost(IOException problem) {
    try {
      answers.check();
    } catch (MigrationException known) {
      return known;
    }
    return new MigrationException(
        "the connection was lost: " + HostException.reason(problem), problem);
  }

  private void say(Message message) throws MigrationException {
    try {
      frames.say(message);
      spoken = clock.nanos();
    } catch (IOException e) {
      throw lost(e);
    }
  }

  private Precopy.Next over(int round, long sent, long length, long from)
      throws MigrationException, InterruptedException {
    say(new Message.EndOfRound(round));
    Message.RoundReceived got = answers.await(Message.RoundReceived.class, PATIENCE);
    if (got.round() != round) {
      throw new MigrationException("the other end has lost count of the rounds");
    }
    long now = clock.nanos();
    rest = system.written();
    long left = count(rest);
    Precopy.Next next = precopy.after(sent, now - from, left, Duration.ofNanos(now - begun));
    system.throttle(precopy.throttle());
    rounds.accept(
        new MigrationRound(
            round,
            sent,
            length,
            Duration.ofNanos(now - from),
            left,
            precopy.expected(left),
            precopy.throttle()));
    if (next == Precopy.Next.GIVE_UP) {
      throw new MigrationException(
          "it would stand still for %d ms, and writes too fast for less; allow more with --downtime"
              .formatted(precopy.expected(left).toMillis()));
    }
    return next;
  }

  private static long count(List<BitSet> written) {
    return written.stream().mapToLong(BitSet::cardinality).sum();
  }

  // ------------------------------------------------------------ while it stands still

  private Duration handOver() throws MigrationException, MigrationDoubt, InterruptedException {
    system.throttle(0);
    long from = clock.nanos();
    system.whileHeld(this::attempt);
    if (doubt.isPresent()) {
      throw doubt.get();
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
    return Duration.ofNanos(ran - from);
  }

  private MovingSystem.Afterwards attempt() {
    try {
      byte[] state = system.state();
      List<BitSet> last = system.written();
      for (int region = 0; region < last.size(); region++) {
        last.get(region).or(rest.get(region));
      }
      long _ = send(last);
      system.handOver();
      say(new Message.Finish(state));
      Message.Prepared ignored = answers.await(Message.Prepared.class, PATIENCE);
      commit();
      ran = clock.nanos();
    } catch (MigrationException e) {
      failure = Optional.of(e);
    } catch (MigrationDoubt e) {
      doubt = Optional.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = Optional.of(new MigrationException("it was interrupted", e));
    }
    return switch (fate) {
      case OWNS -> takenBack();
      case DOUBT -> MovingSystem.Afterwards.STAYS_HELD;
      case GONE -> MovingSystem.Afterwards.ENDS;
    };
  }

  /**
   * What was given up too early is had back; if it cannot be, the target may have more than that.
   */
  private MovingSystem.Afterwards takenBack() {
    try {
      system.takeBack();
      return MovingSystem.Afterwards.GOES_ON;
    } catch (MigrationException e) {
      doubt = Optional.of(new MigrationDoubt(e.getMessage(), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      doubt = Optional.of(new MigrationDoubt("it was interrupted", e));
    }
    return MovingSystem.Afterwards.STAYS_HELD;
  }

  /** From here on the system does not run here, unless the target says that it does not there. */
  private void commit() throws MigrationException, MigrationDoubt {
    fate = fate.beforeCommit();
    try {
      say(new Message.Commit());
      Message.Running ignored = answers.await(Message.Running.class, START);
      fate = fate.hearsRunning();
    } catch (MigrationException e) {
      frames.close();
      ask(e);
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MigrationDoubt("the wait for the other end was interrupted", e);
    }
    thank(frames);
  }

  /** The connection is of no use any more; another one may tell. */
  private void ask(MigrationException why) throws MigrationException, MigrationDoubt {
    for (int i = 0; i < ASKED && fate == SourceFate.DOUBT; i++) {
      fate = fate.hears(askOnce());
    }
    if (fate == SourceFate.DOUBT) {
      throw new MigrationDoubt(why.getMessage(), why);
    }
    if (fate == SourceFate.OWNS) {
      throw why;
    }
  }

  private Fate askOnce() {
    try (Frames again = new Frames(connection.connect())) {
      again.patience(START);
      again.say(new Message.Ask(id));
      if (again.message() instanceof Message.Answer(Fate answer)) {
        if (answer == Fate.RUNS_HERE) {
          thank(again);
        }
        return answer;
      }
    } catch (IOException | MigrationException e) {
      // It cannot be asked now.
    }
    return Fate.UNKNOWN;
  }

  /** So that the target need not listen any longer; it runs whether it hears that or not. */
  private static void thank(Frames frames) {
    try {
      frames.say(new Message.Over());
    } catch (IOException e) {
      // It listens on.
    }
  }
}
