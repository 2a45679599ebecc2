package example;

import atoll.peripheral.Board;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.InterruptLine;
import atoll.peripheral.StatefulPeripheral;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A thermometer: measures once in a period of guest time, interrupts, and writes what it has
 * measured into the guest's memory. docs/devices.md explains it.
 *
 * <p>Settings: {@code first} and {@code step}, thousandths of a degree: each measurement is one
 * step more than the last.
 */
public final class Thermometer implements StatefulPeripheral<Thermometer.State> {
  // Registers of 4 bytes, but for BUFFER.
  private static final int ID = 0x00; // read: which device this is
  private static final int CONTROL = 0x04;
  private static final int PERIOD = 0x08; // microseconds
  private static final int STATUS = 0x0c; // write 1 to clear
  private static final int VALUE = 0x10; // read: thousandths of a degree, signed
  private static final int COUNT = 0x14; // read: how many measurements
  private static final int ERRORS = 0x18; // read: how many could not be written to memory
  private static final int BUFFER = 0x20; // 8 bytes: address of 16 measurements in turn; 0 for none

  private static final int ID_VALUE = 0x5448_4d31; // THM1
  private static final int RUN = 1; // CONTROL
  private static final int INTERRUPT = 2; // CONTROL
  private static final int READY = 1; // STATUS
  private static final int RING = 16;

  private final Board board;
  private final InterruptLine line;
  private final GuestTimer timer;
  private final int first;
  private final int step;

  private int control;
  private int period = 1_000_000;
  private int status;
  private int value;
  private int count;
  private int errors;
  private long buffer;

  /** Everything that later behaviour depends on; the line and the timer are kept by Atoll. */
  public record State(
      int control, int period, int status, int value, int count, int errors, long buffer) {}

  /** Power-on. */
  public Thermometer(Board board) {
    this.board = board;
    line = board.interrupt();
    timer = board.timer(this::measure);
    first = (int) board.settings().number("first", -273_150, 1_000_000, 20_000);
    step = (int) board.settings().number("step", -1_000, 1_000, 250);
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return offset == BUFFER ? size == 8 : size == 4 && offset % 4 == 0 && offset < BUFFER;
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) offset) {
      case ID -> ID_VALUE;
      case CONTROL -> control;
      case PERIOD -> period;
      case STATUS -> status;
      case VALUE -> value;
      case COUNT -> count;
      case ERRORS -> errors;
      case BUFFER -> buffer;
      default -> 0;
    };
  }

  @Override
  public void write(long offset, int size, long written) {
    switch ((int) offset) {
      case CONTROL -> {
        control = (int) written & (RUN | INTERRUPT);
        if ((control & RUN) == 0) {
          timer.cancel();
        } else if (timer.due().isEmpty()) {
          waitForNext();
        }
      }
      case PERIOD -> period = Math.max(100, (int) written); // no guest keeps the host busy
      case STATUS -> status &= ~(int) written;
      case BUFFER -> buffer = written;
      default -> {} // read-only
    }
    drive();
  }

  private void waitForNext() {
    timer.after(period * 1_000L);
  }

  private void measure() {
    value = first + step * count;
    if (buffer != 0 && !board.dma().write(buffer + count % RING * 4L, bytes(value))) {
      errors++;
    }
    count++;
    status |= READY;
    drive();
    waitForNext();
  }

  private static byte[] bytes(int number) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
  }

  private void drive() {
    line.set((control & INTERRUPT) != 0 && (status & READY) != 0);
  }

  @Override
  public State state() {
    return new State(control, period, status, value, count, errors, buffer);
  }

  @Override
  public void restore(State state) {
    control = state.control;
    period = state.period;
    status = state.status;
    value = state.value;
    count = state.count;
    errors = state.errors;
    buffer = state.buffer;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
