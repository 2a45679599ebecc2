package atoll.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs trials on a machine and on its peers, in interleaved rounds.
 *
 * <p>An amount of work that suits a slow machine takes a fast one only milliseconds, so each has
 * its own scale, and time per round of a workload's loop is compared. Sums compare only at equal
 * scales: one further run of each peer at our scale serves that.
 *
 * @param theirs the peers; their names differ
 * @param ourScale percent of gbench's work
 * @param limit for a single run
 */
record Rounds(Machine ours, List<Machine> theirs, int ourScale, int theirScale, Duration limit) {
  Comparison play(List<Trial> trials, int rounds) throws GuestRun.Failed {
    Comparison comparison = new Comparison();
    for (int round = 0; round < rounds; round++) {
      for (Trial trial : trials) {
        String what = "round %d/%d, %s".formatted(round + 1, rounds, trial.part().key);
        Map<String, GuestRun> runs = new LinkedHashMap<>();
        for (Machine machine : turns(round)) {
          runs.put(machine.name(), run(what, machine, trial, scale(machine)));
        }
        GuestRun mine = runs.remove(ours.name());
        comparison.add(trial.part(), mine, inOrder(runs));
        if (round == 0 && trial.scaled() && ourScale != theirScale) {
          String sums = "sums of " + trial.part().key + " at our scale";
          for (Machine peer : theirs) {
            comparison.sums(mine, peer.name(), run(sums, peer, trial, ourScale));
          }
        }
      }
    }
    return comparison;
  }

  /** The machines in the order of their turns: another begins in each round. */
  private List<Machine> turns(int round) {
    List<Machine> turns = new ArrayList<>(theirs);
    turns.addFirst(ours);
    Collections.rotate(turns, -round);
    return turns;
  }

  private int scale(Machine machine) {
    return machine.equals(ours) ? ourScale : theirScale;
  }

  private Map<String, GuestRun> inOrder(Map<String, GuestRun> runs) {
    Map<String, GuestRun> ordered = new LinkedHashMap<>();
    theirs.forEach(peer -> ordered.put(peer.name(), runs.get(peer.name())));
    return ordered;
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
