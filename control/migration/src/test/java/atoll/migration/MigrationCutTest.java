package atoll.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both ends of a migration, whose connection is cut after each word and each batch of pages. */
@Timeout(300)
class MigrationCutTest {
  private static final MigrationSettings SETTINGS =
      new MigrationSettings(Duration.ofMillis(60), Duration.ofMinutes(10));
  private static final int WHOLE = 1_000_000;

  /** Nothing is said for the sake of time. */
  private static final Clock STILL =
      new Clock() {
        @Override
        public long nanos() {
          return 0;
        }

        @Override
        public long epochNanos() {
          return 0;
        }
      };

  /** The target's process: it knows what it was asked for, until it is killed. */
  private final Map<String, Arrival> known = new ConcurrentHashMap<>();

  private final TestSystem source = TestSystem.running(3);
  private final AtomicInteger left = new AtomicInteger(WHOLE);
  private final List<MigrationRound> rounds = new ArrayList<>();
  private final CountDownLatch arrived = new CountDownLatch(1);
  private TestSystem target = TestSystem.room(true);

  /** What a connection after the first is made of: so many frames, or none if it cannot be. */
  private final AtomicInteger later = new AtomicInteger(WHOLE);

  /** Whether the first connection falls silent, where it would be cut. */
  private boolean silent;

  private boolean connected;

  private Departure departure() {
    return departure(this::connect, source);
  }

  private Departure departure(Departure.Connection connection, TestSystem from) {
    return new Departure(
        connection,
        from,
        SETTINGS,
        STILL,
        Effects.host().tasks(),
        bytes -> bytes[0] = 7,
        rounds::add);
  }

  private PipeLine connect() throws IOException {
    if (connected && later.get() == 0) {
      throw new IOException("refused");
    }
    PipeLine[] ends = PipeLine.pair(connected ? later : left, silent && !connected);
    connected = true;
    Effects.host().tasks().start("target", () -> serve(new Frames(ends[1])));
    return ends[0];
  }

  private void serve(Frames frames) {
    try (frames) {
      switch (frames.message()) {
        case Message.Offer offer -> {
          Arrival arrival = new Arrival(frames, offer, STILL);
          known.put(arrival.id(), arrival);
          boolean ignored = arrival.run("source", (peer, system, description, regions) -> target);
          arrived.countDown();
        }
        case Message.Ask(String id) -> {
          Arrival arrival = known.get(id);
          Fate fate = arrival == null ? Fate.UNKNOWN : arrival.asked();
          frames.say(new Message.Answer(fate));
        }
        default -> throw new AssertionError("neither an offer nor a question");
      }
    } catch (IOException | MigrationException e) {
      arrived.countDown(); // it was cut before anything was said
    }
  }

  @Test
  void aSystemGoesOnAtTheOtherEndWithAllItsBytes() throws Exception {
    MigrationSummary summary = departure().run();
    arrived.await();

    assertThat(target.runs()).isTrue();
    assertThat(source.runs()).isFalse();
    assertThat(target.sameAs(source)).isTrue();
    assertThat(summary.rounds()).isEqualTo(rounds.size()).isPositive();
    assertThat(summary.bytes()).isPositive();
    assertThat(summary.pages()).isGreaterThan(768);
  }

  @Test
  void whereverItIsCutExactlyOneEndRunsIt() throws Exception {
    departure().run();
    int frames = WHOLE - left.get();
    assertThat(frames).isGreaterThan(8);
    int stayed = 0;
    int gone = 0;
    for (int cut = 0; cut <= frames; cut++) {
      MigrationCutTest run = new MigrationCutTest();
      run.left.set(cut);
      try {
        MigrationSummary ignored = run.departure().run();
        gone++;
        run.arrived.await();
        assertThat(run.source.runs()).as("cut after %d", cut).isFalse();
        assertThat(run.source.holds()).as("cut after %d", cut).isFalse();
        assertThat(run.target.runs()).as("cut after %d", cut).isTrue();
        assertThat(run.target.sameAs(run.source)).as("cut after %d", cut).isTrue();
      } catch (MigrationException e) {
        stayed++;
        run.arrived.await();
        assertThat(run.source.runs()).as("cut after %d", cut).isTrue();
        assertThat(run.source.holds()).as("cut after %d", cut).isTrue();
        assertThat(run.target.runs()).as("cut after %d", cut).isFalse();
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    assertThat(stayed).isGreaterThan(5);
    assertThat(gone).isGreaterThan(1);
  }

  /** Also while pages of a disk are on their way, which both ends have here. */
  @Test
  void whereverTheConnectionFallsSilentNobodyWaitsForEverAndOneEndRunsIt() throws Exception {
    MigrationSummary whole = departure().run();
    int frames = WHOLE - left.get();
    int stayed = 0;
    for (int until = 1; until <= frames; until++) {
      MigrationCutTest run = new MigrationCutTest();
      run.silent = true;
      run.left.set(until);
      boolean gone = true;
      try {
        assertThat(run.departure().run().pages()).isEqualTo(whole.pages());
      } catch (MigrationException e) {
        gone = false;
        stayed++;
        assertThat(e).hasMessageContaining("nothing has moved");
      }
      run.arrived.await();
      assertThat(run.source.runs()).as("silent after %d", until).isEqualTo(!gone);
      assertThat(run.target.runs()).as("silent after %d", until).isEqualTo(gone);
    }
    assertThat(stayed).isGreaterThan(5);
  }

  @Test
  void aTargetMayTakeItsTimeToMakeRoomAndNoLongerThanThat() throws Exception {
    PipeLine[] ends = PipeLine.pair(new AtomicInteger(WHOLE));
    List<Duration> patient = new ArrayList<>();
    Effects.host()
        .tasks()
        .start(
            "target",
            () -> {
              try (Frames frames = new Frames(ends[1])) {
                if (frames.message() instanceof Message.Offer) {
                  patient.add(ends[0].patience());
                  frames.say(new Message.Failed("it has no room"));
                }
              } catch (IOException | MigrationException e) {
                patient.clear();
              }
            });
    Departure departure = departure(() -> ends[0], source);
    assertThatThrownBy(departure::run).hasMessageContaining("it has no room");
    assertThat(patient).containsExactly(Duration.ofMinutes(5));
  }

  @Test
  void aTargetThatBecomesFullAmidstPagesSaysSoAndTheSourceGoesOn() throws Exception {
    departure().run();
    int pages = target.pages();
    for (int room = 0; room < pages; room += pages / 7) {
      MigrationCutTest run = new MigrationCutTest();
      run.target = TestSystem.roomFor(room);
      assertThatThrownBy(() -> run.departure().run()).hasMessageContaining("no space left");
      run.arrived.await();
      assertThat(run.source.runs()).isTrue();
      assertThat(run.target.runs()).isFalse();
      assertThat(run.target.discarded()).isTrue();
    }
  }

  @Test
  void ifTheTargetCannotBeAskedASourceThatHasGivenItUpRunsNothing() throws Exception {
    departure().run();
    int frames = WHOLE - left.get();
    List<Integer> doubtful = new ArrayList<>();
    for (int cut = 0; cut <= frames; cut++) {
      MigrationCutTest run = new MigrationCutTest();
      run.left.set(cut);
      run.later.set(0);
      try {
        MigrationSummary ignored = run.departure().run();
      } catch (MigrationDoubt e) {
        doubtful.add(cut);
        assertThat(run.source.runs()).as("cut after %d", cut).isFalse();
        assertThat(e.getMessage()).contains("connection");
      } catch (MigrationException e) {
        assertThat(run.source.runs()).as("cut after %d", cut).isTrue();
      }
      run.arrived.await();
      assertThat(run.source.runs() && run.target.runs()).as("cut after %d", cut).isFalse();
    }
    assertThat(doubtful).hasSize(2); // the words Commit and Running alone
  }

  @Test
  void aTargetThatCannotMakeItSaysWhyAndTheSourceGoesOn() throws Exception {
    target = TestSystem.room(false);
    assertThatThrownBy(() -> departure().run())
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("there is no room for it");
    arrived.await();
    assertThat(source.runs()).isTrue();
    assertThat(target.runs()).isFalse();
    assertThat(target.discarded()).isTrue();
  }

  @Test
  void aTargetThatSaysNonsenseIsLeft() {
    Message[] nonsense = {
      new Message.Commit(), new Message.RoundReceived(9), new Message.Running(), new Message.Over()
    };
    for (Message word : nonsense) {
      for (int before = 0; before < 3; before++) {
        TestSystem staying = TestSystem.running(4);
        int silent = before;
        Departure departure = departure(() -> talking(word, silent), staying);
        assertThatThrownBy(departure::run).isInstanceOf(MigrationException.class);
        assertThat(staying.runs()).isTrue();
      }
    }
  }

  /** A target that keeps to the protocol for so many answers, and then says a word. */
  private static PipeLine talking(Message word, int before) {
    PipeLine[] ends = PipeLine.pair(new AtomicInteger(WHOLE));
    Effects.host()
        .tasks()
        .start(
            "target",
            () -> {
              try (Frames frames = new Frames(ends[1])) {
                int answers = 0;
                while (true) {
                  if (frames.next(Frames.MESSAGE) instanceof Frames.Frame.Said(Message said)
                      && !(said instanceof Message.Cancel)) {
                    frames.say(answers++ < before ? answer(said) : word);
                  }
                }
              } catch (IOException | MigrationException e) {
                // The source has left.
              }
            });
    return ends[0];
  }

  private static Message answer(Message said) {
    return switch (said) {
      case Message.Rehearse ignored -> new Message.Rehearsed();
      case Message.EndOfRound(int round) -> new Message.RoundReceived(round);
      case Message.Finish ignored -> new Message.Prepared();
      default -> new Message.Accepted();
    };
  }
}
