package atoll.device;

import atoll.state.StateShape;
import java.util.Arrays;
import java.util.List;

/**
 * What an APLIC that interrupts harts directly keeps for each (RISC-V AIA 1.0, §4.8.1). Guarded by
 * the domain's monitor.
 */
public final class AplicHarts {
  private static final int DELIVERY = 0x00;
  private static final int FORCE = 0x04;
  private static final int THRESHOLD = 0x08;
  static final int TOP = 0x18;
  static final int CLAIM = 0x1c;
  private static final int PRIORITIES = 0xff;

  private final int[] delivery;
  private final int[] force;
  private final int[] threshold;

  /** The whole state, by hart. */
  public record State(List<Integer> delivery, List<Integer> force, List<Integer> threshold) {
    public State {
      delivery = List.copyOf(delivery);
      force = List.copyOf(force);
      threshold = List.copyOf(threshold);
    }
  }

  AplicHarts(int harts) {
    delivery = new int[harts];
    force = new int[harts];
    threshold = new int[harts];
  }

  int read(int hart, int at) {
    return switch (at) {
      case DELIVERY -> delivery[hart];
      case FORCE -> force[hart];
      case THRESHOLD -> threshold[hart];
      default -> 0;
    };
  }

  void write(int hart, int at, int value) {
    switch (at) {
      case DELIVERY -> delivery[hart] = value & 1;
      case FORCE -> force[hart] = value & 1;
      case THRESHOLD -> threshold[hart] = value & PRIORITIES;
      default -> {} // Read-only or reserved.
    }
  }

  /** Whether an interrupt of that priority is urgent enough. */
  boolean passes(int hart, int priority) {
    return threshold[hart] == 0 || priority < threshold[hart];
  }

  boolean delivers(int hart, int top) {
    return delivery[hart] == 1 && (top != 0 || force[hart] == 1);
  }

  /** A claim that has found nothing ends a forced interrupt. */
  void unforce(int hart) {
    force[hart] = 0;
  }

  State state() {
    return new State(list(delivery), list(force), list(threshold));
  }

  private static List<Integer> list(int[] of) {
    return Arrays.stream(of).boxed().toList();
  }

  void restore(State state) {
    StateShape.requireCount("harts of an APLIC", state.delivery.size(), delivery.length);
    StateShape.requireCount("harts of an APLIC", state.force.size(), delivery.length);
    StateShape.requireCount("harts of an APLIC", state.threshold.size(), delivery.length);
    for (int hart = 0; hart < delivery.length; hart++) {
      write(hart, DELIVERY, state.delivery.get(hart));
      write(hart, FORCE, state.force.get(hart));
      write(hart, THRESHOLD, state.threshold.get(hart));
    }
  }
}
