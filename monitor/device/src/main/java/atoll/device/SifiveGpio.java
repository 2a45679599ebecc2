package atoll.device;

import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.List;

/**
 * A GPIO controller of SiFive's (FU540-C000 manual, chapter 17): pins that interrupt by edge or
 * level, each on a line of its own, and that the guest can drive.
 *
 * <p>Operating systems have a driver for it, so it is how a program behind a stock kernel waits for
 * a wire of the board, and lights a lamp of its.
 */
public final class SifiveGpio implements MmioDevice, Stateful<SifiveGpio.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  /** Most pins. */
  public static final int MAX_PINS = 32;

  private static final int INPUT_VAL = 0x00; // R
  private static final int INPUT_EN = 0x04;
  private static final int OUTPUT_EN = 0x08;
  private static final int OUTPUT_VAL = 0x0c;
  private static final int RISE_IE = 0x18; // four pairs: interrupt enable, interrupt pending
  private static final int LOW_IP = 0x34;
  private static final int OUT_XOR = 0x40;
  private static final int END = 0x44;

  // The pairs in register order.
  private static final int RISE = 0;
  private static final int FALL = 1;
  private static final int HIGH = 2;
  private static final int LOW = 3;
  private static final int CAUSES = 4;

  @Unsaved("as they were wired")
  private final List<InterruptLine> lines;

  /** What each pin drives. */
  @Unsaved("as they were wired")
  private final InterruptLine[] outputs;

  private final int[] plain = new int[END / 4];
  private final int[] enabled = new int[CAUSES];
  private final int[] pending = new int[CAUSES];
  private int wires;

  /**
   * The whole state, a bit a pin.
   *
   * @param registers those that only read back, by offset / 4
   * @param enabled by cause: rise, fall, high, low
   * @param pending by cause
   * @param wires what the pins are driven to from outside
   */
  public record State(
      List<Integer> registers, List<Integer> enabled, List<Integer> pending, int wires) {
    public State {
      StateShape.requireCount("gpio registers", registers.size(), END / 4);
      StateShape.requireCount("gpio causes", enabled.size(), CAUSES);
      StateShape.requireCount("gpio causes", pending.size(), CAUSES);
      registers = List.copyOf(registers);
      enabled = List.copyOf(enabled);
      pending = List.copyOf(pending);
    }
  }

  /**
   * Makes one with as many pins as there are lines.
   *
   * @param lines by pin
   */
  public SifiveGpio(List<InterruptLine> lines) {
    if (lines.isEmpty() || lines.size() > MAX_PINS) {
      throw new IllegalArgumentException(
          "a GPIO controller has 1 to %d pins, not %d".formatted(MAX_PINS, lines.size()));
    }
    this.lines = List.copyOf(lines);
    outputs = new InterruptLine[lines.size()];
    Arrays.fill(outputs, (InterruptLine) high -> {});
  }

  /** The wire into pin {@code pin}, from 0. */
  public InterruptLine pin(int pin) {
    if (pin < 0 || pin >= lines.size()) {
      throw new IllegalArgumentException("pin %d of %d".formatted(pin, lines.size()));
    }
    int bit = 1 << pin;
    return high -> drive(bit, high);
  }

  private synchronized void drive(int bit, boolean high) {
    int before = inputs();
    wires = high ? wires | bit : wires & ~bit;
    sense(before);
  }

  /**
   * Wires what pin {@code pin} drives; before the machine runs.
   *
   * @param to told of each change of the level that the guest drives the pin to, under this
   *     device's monitor; low while it does not drive it
   */
  public void output(int pin, InterruptLine to) {
    outputs[pin] = to;
  }

  @Override
  public String name() {
    return "gpio";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < END;
  }

  @Override
  public long read(long offset, int size) {
    int at = (int) offset;
    if (at == INPUT_VAL) {
      return Integer.toUnsignedLong(inputs());
    }
    return Integer.toUnsignedLong(bank(at)[index(at)]);
  }

  @Override
  public void write(long offset, int size, long value) {
    int at = (int) offset;
    int before = inputs();
    int drivenBefore = driven();
    if (at == INPUT_VAL) {
      return;
    }
    if (isPending(at)) {
      pending[index(at)] &= ~(int) value;
    } else {
      bank(at)[index(at)] = (int) value & pins();
    }
    tell(drivenBefore ^ driven());
    sense(before);
  }

  private static boolean isCause(int offset) {
    return offset >= RISE_IE && offset <= LOW_IP;
  }

  private static boolean isPending(int offset) {
    return isCause(offset) && (offset - RISE_IE) / 4 % 2 == 1;
  }

  private int[] bank(int offset) {
    return !isCause(offset) ? plain : isPending(offset) ? pending : enabled;
  }

  private static int index(int offset) {
    return isCause(offset) ? (offset - RISE_IE) / 8 : offset / 4;
  }

  private int pins() {
    return -1 >>> (MAX_PINS - lines.size());
  }

  /** Levels of the pins that are outputs. */
  private int driven() {
    return (plain[OUTPUT_VAL / 4] ^ plain[OUT_XOR / 4]) & plain[OUTPUT_EN / 4];
  }

  /** An input has its pin's level, also if the guest itself drives that. */
  private int inputs() {
    return (wires & ~plain[OUTPUT_EN / 4] | driven()) & plain[INPUT_EN / 4];
  }

  /** Tells what is wired to these pins. */
  private void tell(int changed) {
    int levels = driven();
    for (int left = changed; left != 0; left &= left - 1) {
      int pin = Integer.numberOfTrailingZeros(left);
      outputs[pin].set((levels >>> pin & 1) != 0);
    }
  }

  /** Notes edges since {@code before} and levels, and drives the lines. */
  private void sense(int before) {
    int now = inputs();
    pending[RISE] |= now & ~before;
    pending[FALL] |= before & ~now;
    pending[HIGH] |= now;
    pending[LOW] |= ~now & plain[INPUT_EN / 4];
    int asserted = 0;
    for (int cause = 0; cause < CAUSES; cause++) {
      asserted |= pending[cause] & enabled[cause];
    }
    for (int pin = 0; pin < lines.size(); pin++) {
      lines.get(pin).set((asserted >>> pin & 1) != 0);
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(list(plain), list(enabled), list(pending), wires);
  }

  @Override
  public synchronized void restore(State state) {
    set(plain, state.registers);
    set(enabled, state.enabled);
    set(pending, state.pending);
    wires = state.wires & pins();
    tell(driven() & pins());
    sense(inputs());
  }

  private static List<Integer> list(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static void set(int[] values, List<Integer> from) {
    Arrays.setAll(values, from::get);
  }
}
