package atoll.vmm;

import atoll.state.Unsaved;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Which harts of a machine a debugger holds. Harts say here that they have stopped. */
@Unsaved("of whoever debugs it")
final class DebugStop {
  private static final int NONE = -1;

  private final BitSet held = new BitSet();

  /** The hart that has stopped first since any went on. */
  private int first = NONE;

  /** By hart: instructions that it had executed when it could not go on. */
  private final Map<Integer, Long> failures = new HashMap<>();

  /** Everything stands still, or will before it begins. */
  private boolean still;

  /** A hart has stopped; on its own thread. Until others go on, no hart does. */
  synchronized void met(int hart) {
    if (first == NONE) {
      first = hart;
    }
  }

  /** A hart cannot go on; returns whether it has executed something since it last could not. */
  synchronized boolean fails(int hart, long instructions) {
    return !Objects.equals(failures.put(hart, instructions), instructions);
  }

  /** A hart has made a step while everything stood still. */
  synchronized void stepped(int hart) {
    first = hart;
  }

  synchronized int first() {
    return first;
  }

  /** All harts are held. */
  synchronized void hold(int harts) {
    held.set(0, harts);
    still = true;
  }

  /** Some of them go on, and what they have stopped at is past. */
  synchronized void release(BitSet going) {
    held.andNot(going);
    first = NONE;
    still = false;
  }

  /** Whether a hart may not execute. */
  synchronized boolean holds(int hart) {
    return first != NONE || held.get(hart);
  }

  /** Whether the machine as a whole is held. */
  synchronized boolean still() {
    return still;
  }
}
