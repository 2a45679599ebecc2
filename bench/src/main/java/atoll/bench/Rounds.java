package atoll.bench;

import java.time.Duration;
import java.util.List;

/**
 * Runs trials on two machines, in interleaved rounds.
 *
 * <p>An amount of work that suits a slow machine takes a fast one only milliseconds, so each has
 * its own scale, and time per round of a workload's loop is compared. Sums compare only at equal
 * scales: one further run of theirs at our scale serves that.
 *
 * @param ourScale percent of gbench's work
 * @param limit for a single run
 */
record Rounds(Machine ours, Machine theirs, int ourScale, int theirScale, Duration limit) {
  Comparison play(List<Trial> trials, int rounds) throws GuestRun.Failed {
    Comparison comparison = new Comparison();
    for (int round = 0; round < rounds; round++) {
      for (Trial trial : trials) {
        String what = "round %d/%d, %s".formatted(round + 1, rounds, trial.part().key);
        GuestRun mine;
        GuestRun other;
        if (round % 2 == 0) { // the first one changes, so that the order favours neither
          mine = run(what, ours, trial, ourScale);
          other = run(what, theirs, trial, theirScale);
        } else {
          other = run(what, theirs, trial, theirScale);
          mine = run(what, ours, trial, ourScale);
        }
        comparison.add(trial.part(), mine, other);
        if (round == 0 && trial.scaled() && ourScale != theirScale) {
          comparison.sums(
              mine, run("sums of " + trial.part().key + " at our scale", theirs, trial, ourScale));
        }
      }
    }
    return comparison;
  }

  private GuestRun run(String what, Machine machine, Trial trial, int scale)
      throws GuestRun.Failed {
    System.err.println(what + ", " + machine.name());
    try {
      return GuestRun.of(machine.command().of(trial.at(scale)), limit, trial.expected());
    } catch (GuestRun.Failed e) {
      throw new GuestRun.Failed(what + ", " + machine.name() + ": " + e.getMessage());
    }
  }
}
