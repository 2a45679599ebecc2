package atoll.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * All that can happen between the two ends once the pages are there: each word is delivered, lost
 * or late, the connection is cut at each point with any part of what was under way still arriving,
 * each end is killed at each point, and the source asks afterwards or cannot. There is no state in
 * which both ends may run the system.
 */
class FateTest {
  private static final int ASKED = 2;

  /** Words that decide. */
  private enum Word {
    FINISH,
    PREPARED,
    COMMIT,
    RUNNING,
    FAILED
  }

  /**
   * Everything at one moment.
   *
   * @param open whether what is said still goes out
   * @param there on their way to the target, in order
   * @param back on their way to the source
   * @param begun whether the source has said that it stands still
   * @param done whether the source waits for nothing on this connection any more
   * @param asks how often the source may still ask
   */
  private record Moment(
      SourceFate source,
      boolean sourceLives,
      TargetFate target,
      boolean targetLives,
      boolean open,
      List<Word> there,
      List<Word> back,
      boolean begun,
      boolean done,
      int asks) {
    static final Moment FIRST =
        new Moment(
            SourceFate.OWNS,
            true,
            TargetFate.RECEIVING,
            true,
            true,
            List.of(),
            List.of(),
            false,
            false,
            ASKED);

    Moment source(SourceFate fate) {
      return new Moment(
          fate, sourceLives, target, targetLives, open, there, back, begun, done, asks);
    }

    Moment target(TargetFate fate) {
      return new Moment(
          source, sourceLives, fate, targetLives, open, there, back, begun, done, asks);
    }

    Moment toTarget(Word word) {
      return open ? ways(plus(there, word), back) : this;
    }

    Moment toSource(Word word) {
      return open ? ways(there, plus(back, word)) : this;
    }

    Moment ways(List<Word> newThere, List<Word> newBack) {
      return new Moment(
          source, sourceLives, target, targetLives, open, newThere, newBack, begun, done, asks);
    }

    Moment beginning() {
      return new Moment(
          source, sourceLives, target, targetLives, open, there, back, true, done, asks);
    }

    Moment waitsNoMore() {
      return new Moment(
          source, sourceLives, target, targetLives, open, there, back, begun, true, asks);
    }

    Moment hasAsked() {
      return new Moment(
          source, sourceLives, target, targetLives, open, there, back, begun, done, asks - 1);
    }

    Moment alive(boolean newSource, boolean newTarget) {
      return new Moment(
          source,
          sourceLives && newSource,
          target,
          targetLives && newTarget,
          open,
          there,
          back,
          begun,
          done,
          asks);
    }

    /** The connection ends; of what is under way so much still arrives. */
    Moment cut(int toThere, int toBack) {
      return new Moment(
          source,
          sourceLives,
          target,
          targetLives,
          false,
          there.subList(0, toThere),
          back.subList(0, toBack),
          begun,
          done,
          asks);
    }

    private static List<Word> plus(List<Word> words, Word word) {
      List<Word> more = new ArrayList<>(words);
      more.add(word);
      return List.copyOf(more);
    }
  }

  /** What the two ends and the words between them do by themselves. */
  private static List<Moment> steps(Moment now) {
    List<Moment> next = new ArrayList<>();
    if (now.sourceLives) {
      sourceSteps(now, next);
    }
    if (now.targetLives) {
      targetSteps(now, next);
    }
    return next;
  }

  private static void sourceSteps(Moment now, List<Moment> next) {
    if (!now.begun && now.open) {
      next.add(now.beginning().toTarget(Word.FINISH));
    }
    if (!now.done && !now.back.isEmpty()) {
      next.add(hears(now.ways(now.there, now.back.subList(1, now.back.size())), now.back.get(0)));
    }
    if (!now.done && !now.open && now.back.isEmpty()) {
      next.add(now.waitsNoMore());
    }
    if (now.done && now.source == SourceFate.DOUBT && now.asks > 0) {
      Moment asked = now.hasAsked();
      next.add(asked); // it cannot be asked now
      if (now.targetLives) {
        TargetFate decided = now.target.isAsked();
        next.add(asked.target(decided)); // the answer is lost
        next.add(asked.target(decided).source(now.source.hears(decided.answer())));
      } else {
        next.add(asked.source(now.source.hears(Fate.UNKNOWN))); // by another process there
      }
    }
  }

  private static Moment hears(Moment now, Word word) {
    return switch (word) {
      case PREPARED ->
          now.source == SourceFate.OWNS
              ? now.source(now.source.beforeCommit()).toTarget(Word.COMMIT)
              : now;
      case RUNNING -> now.source(now.source.hearsRunning()).waitsNoMore();
      default -> now.waitsNoMore();
    };
  }

  private static void targetSteps(Moment now, List<Moment> next) {
    if (!now.there.isEmpty()) {
      Moment read = now.ways(now.there.subList(1, now.there.size()), now.back);
      if (now.there.get(0) == Word.FINISH) {
        next.add(read.target(now.target.prepared()).toSource(Word.PREPARED));
        next.add(read.target(now.target.isLost()).toSource(Word.FAILED)); // it does not fit
      } else {
        TargetFate decided = now.target.hearsCommit();
        next.add(
            read.target(decided).toSource(decided == TargetFate.RUNS ? Word.RUNNING : Word.FAILED));
        if (now.target == TargetFate.PREPARED) {
          next.add(read.target(now.target.couldNotStart()).toSource(Word.FAILED));
        }
      }
    } else if (!now.open && now.target != now.target.isLost()) {
      next.add(now.target(now.target.isLost()));
    }
    if (now.target == TargetFate.PREPARED) {
      next.add(now.target(now.target.isLost()).toSource(Word.FAILED)); // it has waited too long
    }
  }

  /** What can come from outside at any time. */
  private static List<Moment> accidents(Moment now) {
    List<Moment> next = new ArrayList<>();
    for (int there = 0; now.open && there <= now.there.size(); there++) {
      for (int back = 0; back <= now.back.size(); back++) {
        next.add(now.cut(there, back));
        next.add(now.cut(there, back).alive(false, true));
        next.add(now.cut(there, back).alive(true, false));
      }
    }
    if (!now.open) {
      next.add(now.alive(false, true));
      next.add(now.alive(true, false));
    }
    return next;
  }

  private static Set<Moment> all() {
    Set<Moment> seen = new HashSet<>(Set.of(Moment.FIRST));
    Deque<Moment> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      Moment now = open.pop();
      for (List<Moment> next : List.of(steps(now), accidents(now))) {
        next.stream().filter(seen::add).forEach(open::push);
      }
    }
    return seen;
  }

  @Test
  void neverDoBothEndsRunIt() {
    Set<Moment> all = all();
    assertThat(all).hasSizeGreaterThan(200);
    assertThat(all).noneMatch(now -> now.source.mayRun() && now.target == TargetFate.RUNS);
  }

  @Test
  void whenBothEndsLiveExactlyOneRunsItInTheEndOrAPersonIsAsked() {
    for (Moment now : all()) {
      if (steps(now).isEmpty() && now.sourceLives && now.targetLives && now.begun) {
        boolean one = now.source.mayRun() ^ now.target == TargetFate.RUNS;
        boolean asked =
            now.source == SourceFate.DOUBT
                && now.asks == 0
                && List.of(TargetFate.RUNS, TargetFate.DISCARDED).contains(now.target);
        assertThat(one || asked).as(now.toString()).isTrue();
      }
    }
  }

  @Test
  void aSourceWhoseTargetIsKilledBeforeItGivesUpGoesOn() {
    assertThat(all())
        .filteredOn(now -> !now.targetLives && steps(now).isEmpty() && now.sourceLives)
        .filteredOn(now -> now.source != SourceFate.DOUBT)
        .isNotEmpty()
        .allMatch(now -> now.source.mayRun() || now.target == TargetFate.RUNS);
  }

  @Test
  void aTargetWhoseSourceIsKilledRunsItOnlyIfItWasGivenUp() {
    assertThat(all())
        .filteredOn(now -> !now.sourceLives && now.target == TargetFate.RUNS)
        .isNotEmpty()
        .noneMatch(now -> now.source.mayRun());
  }

  @Test
  void whatAPersonDecidesInDoubtEndsIt() {
    assertThat(SourceFate.DOUBT.operatorKeeps()).isEqualTo(SourceFate.OWNS);
    assertThat(SourceFate.DOUBT.operatorGivesUp()).isEqualTo(SourceFate.GONE);
    assertThat(SourceFate.GONE.operatorKeeps()).isEqualTo(SourceFate.GONE);
    assertThat(SourceFate.OWNS.operatorGivesUp()).isEqualTo(SourceFate.OWNS);
  }
}
