package atoll.device;

import atoll.device.spi.ConsoleBackend;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;

/**
 * A 16550A serial port (National Semiconductor PC16550D data sheet, section 8): eight byte-wide
 * registers, one byte apart.
 *
 * <p>The line is infinitely fast: a byte written is sent at once, and the receiver's character
 * timeout has no length, so bytes below the FIFO's trigger level interrupt as a timeout (IIR 1100)
 * immediately.
 *
 * <p>Input is never lost to a guest that does not listen yet. A byte arrives only when there is
 * room and the guest listens: its received-data interrupt is enabled, or it has polled LSR (read it
 * twice with nothing in between but the receive buffer) since it last configured the port. So what
 * is typed or piped in while the guest boots waits in the backend, and is not swept away by the
 * driver's first FIFO reset.
 *
 * <p>Registers are accessed under this object's monitor (by the bus); input takes it as well.
 */
public final class Uart16550
    implements MmioDevice, ConsoleBackend.Receiver, Stateful<Uart16550.State> {
  /** Bytes of address range; the registers are the first eight, the rest is not decoded. */
  public static final long SIZE = 0x100;

  // Table II: register addresses.
  private static final int DATA = 0; // RBR (read), THR (write), DLL if DLAB
  private static final int IER = 1; // DLM if DLAB
  private static final int IIR_FCR = 2; // IIR (read), FCR (write)
  private static final int LCR = 3;
  private static final int MCR = 4;
  private static final int LSR = 5;
  private static final int MSR = 6;
  private static final int SCR = 7;
  private static final int END = 8;

  private static final int IER_RECEIVED = 1; // §8.7
  private static final int IER_TRANSMIT_EMPTY = 1 << 1;
  private static final int IER_LINE_STATUS = 1 << 2;
  private static final int IER_MODEM_STATUS = 1 << 3;
  private static final int IER_BITS = 0x0f;

  private static final int IIR_MODEM_STATUS = 0x0; // §8.6, Table IV
  private static final int IIR_NONE = 0x1;
  private static final int IIR_TRANSMIT_EMPTY = 0x2;
  private static final int IIR_RECEIVED = 0x4;
  private static final int IIR_LINE_STATUS = 0x6;
  private static final int IIR_TIMEOUT = 0xc;
  private static final int IIR_FIFO_ENABLED = 0xc0;

  private static final int FCR_ENABLE = 1; // §8.5
  private static final int FCR_CLEAR_RECEIVER = 1 << 1;
  private static final int FCR_TRIGGER_SHIFT = 6;
  private static final int FCR_STORED = 0xc9;
  private static final int[] TRIGGER = {1, 4, 8, 14};

  private static final int LCR_DLAB = 1 << 7; // §8.1

  private static final int MCR_DTR = 1; // §8.8
  private static final int MCR_RTS = 1 << 1;
  private static final int MCR_OUT1 = 1 << 2;
  private static final int MCR_OUT2 = 1 << 3;
  private static final int MCR_LOOP = 1 << 4;
  private static final int MCR_BITS = 0x1f;

  private static final int LSR_DATA_READY = 1; // §8.4
  private static final int LSR_OVERRUN = 1 << 1;
  private static final int LSR_IDLE = 0x60; // THRE and TEMT: everything is sent at once

  private static final int MSR_RING_ENDED = 1 << 2; // §8.9, TERI
  private static final int MSR_CTS = 1 << 4;
  private static final int MSR_DSR = 1 << 5;
  private static final int MSR_RI = 1 << 6;
  private static final int MSR_DCD = 1 << 7;
  private static final int MSR_CONNECTED = MSR_CTS | MSR_DSR | MSR_DCD;
  private static final int MSR_LINES_SHIFT = 4;

  private static final int FIFO_SIZE = 16;
  private static final int POLLING = 2;

  private final String name;
  private final ConsoleBackend backend;
  private final InterruptLine line;

  private final byte[] fifo = new byte[FIFO_SIZE];

  @Unsaved("of the byte that is being sent")
  private final byte[] sent = new byte[1];

  private int first;
  private int count;
  private int ier;
  private int fcr;
  private int lcr;
  private int mcr;
  private int scr;
  private int divisor;
  private int modemLines = MSR_CONNECTED;
  private int modemDelta;
  private boolean overrun;
  private boolean transmitEmpty;
  private boolean identified;
  private int polls;

  @Unsaved("the backend is asked again")
  private boolean refused;

  @Unsaved("of the other end, which the backend tells of")
  private boolean carrier = true;

  /** The machine stands still, and so does its input. */
  @Unsaved("of whoever holds the machine")
  private boolean paused;

  /**
   * The whole state; registers by their names in the data sheet.
   *
   * @param divisor DLM and DLL
   * @param modemLines bits 7:4 of MSR
   * @param modemDelta bits 3:0 of MSR
   * @param transmitEmpty whether the transmitter's interrupt is pending
   * @param identified whether the guest has ever read IIR
   * @param polls reads of LSR in a row, up to 2
   * @param fifo received and not read, oldest first
   */
  public record State(
      int ier,
      int fcr,
      int lcr,
      int mcr,
      int scr,
      int divisor,
      int modemLines,
      int modemDelta,
      boolean overrun,
      boolean transmitEmpty,
      boolean identified,
      int polls,
      List<Byte> fifo) {
    public State {
      fifo = List.copyOf(fifo);
      if (fifo.size() > FIFO_SIZE) {
        throw new IllegalArgumentException(
            "a UART holds %d bytes, not %d".formatted(FIFO_SIZE, fifo.size()));
      }
    }
  }

  /**
   * Makes one that is plugged into {@code backend}.
   *
   * @param name for statistics, such as {@code uart0}
   */
  public Uart16550(String name, ConsoleBackend backend, InterruptLine line) {
    this.name = name;
    this.backend = backend;
    this.line = line;
    backend.attach(this);
  }

  @Override
  public String name() {
    return name;
  }

  /** Wider accesses reach the one register at their address, as they do on QEMU's board. */
  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return offset < END && (offset & (size - 1)) == 0;
  }

  @Override
  public long read(long offset, int size) {
    if (offset == LSR) {
      polls = Math.min(polls + 1, POLLING);
      offerRoom();
    } else if (offset != DATA) {
      interruptPolling();
    }
    return switch ((int) offset) {
      case DATA -> divisorLatched() ? divisor & 0xff : receive();
      case IER -> divisorLatched() ? divisor >>> 8 : ier;
      case IIR_FCR -> identify();
      case LCR -> lcr;
      case MCR -> mcr;
      case LSR -> lineStatus();
      case MSR -> modemStatus();
      default -> scr;
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset == DATA || offset == SCR) {
      interruptPolling();
    } else {
      polls = 0;
    }
    int b = (int) value & 0xff;
    switch ((int) offset) {
      case DATA -> {
        if (divisorLatched()) {
          divisor = divisor & 0xff00 | b;
        } else {
          transmit((byte) b);
        }
      }
      case IER -> {
        if (divisorLatched()) {
          divisor = divisor & 0xff | b << 8;
        } else {
          enable(b & IER_BITS);
        }
      }
      case IIR_FCR -> control(b);
      case LCR -> lcr = b;
      case MCR -> modemControl(b & MCR_BITS);
      case SCR -> scr = b;
      default -> {} // LSR and MSR are read-only; writing them is for factory tests.
    }
    drive();
    offerRoom();
  }

  /**
   * Waiting for the transmitter reads LSR as well, but once a byte: that is not a poll for input.
   */
  private void interruptPolling() {
    if (polls < POLLING) {
      polls = 0;
    }
  }

  private boolean divisorLatched() {
    return (lcr & LCR_DLAB) != 0;
  }

  private boolean fifoEnabled() {
    return (fcr & FCR_ENABLE) != 0;
  }

  private boolean loopback() {
    return (mcr & MCR_LOOP) != 0;
  }

  private int receive() {
    if (count == 0) {
      return 0;
    }
    int b = fifo[first] & 0xff;
    first = (first + 1) % FIFO_SIZE;
    count--;
    drive();
    offerRoom();
    return b;
  }

  private void transmit(byte b) {
    if (loopback()) {
      loop(b);
    } else {
      sent[0] = b;
      backend.output(sent, 0, 1);
    }
    transmitEmpty = true;
  }

  private void loop(byte b) {
    if (count < capacity()) {
      append(b);
    } else {
      overrun = true;
    }
  }

  /** An interrupt is due at once if the transmitter is empty, which it always is. */
  private void enable(int bits) {
    if ((bits & ~ier & IER_TRANSMIT_EMPTY) != 0) {
      transmitEmpty = true;
    }
    ier = bits;
  }

  private void control(int bits) {
    if ((bits & FCR_CLEAR_RECEIVER) != 0 || ((bits ^ fcr) & FCR_ENABLE) != 0) {
      count = 0;
    }
    fcr = (bits & FCR_ENABLE) != 0 ? bits & FCR_STORED : 0;
  }

  private void modemControl(int bits) {
    mcr = bits;
    int lines = loopback() ? loopedLines() : carrier ? MSR_CONNECTED : MSR_CTS;
    int changed = lines ^ modemLines;
    int delta = changed & (MSR_CTS | MSR_DSR | MSR_DCD);
    modemDelta |= delta >> MSR_LINES_SHIFT;
    if ((changed & MSR_RI) != 0 && (lines & MSR_RI) == 0) {
      modemDelta |= MSR_RING_ENDED;
    }
    modemLines = lines;
  }

  /** §8.8: in loopback, the four modem control outputs are wired to the four status inputs. */
  private int loopedLines() {
    return ((mcr & MCR_RTS) != 0 ? MSR_CTS : 0)
        | ((mcr & MCR_DTR) != 0 ? MSR_DSR : 0)
        | ((mcr & MCR_OUT1) != 0 ? MSR_RI : 0)
        | ((mcr & MCR_OUT2) != 0 ? MSR_DCD : 0);
  }

  /**
   * Reading LSR clears the errors. For a driver that has never read IIR, which is what ends the
   * transmitter's interrupt, it ends that as well: xv6 before 2024 is such a driver, and would be
   * interrupted for ever. On QEMU's board it runs, since a line that merely stays high is not
   * forwarded again there; the PLIC specification wants it forwarded.
   */
  private int lineStatus() {
    transmitEmpty &= identified;
    int status = LSR_IDLE | (count > 0 ? LSR_DATA_READY : 0) | (overrun ? LSR_OVERRUN : 0);
    overrun = false;
    drive();
    return status;
  }

  private int modemStatus() {
    int status = modemLines | modemDelta;
    modemDelta = 0;
    drive();
    return status;
  }

  private int identify() {
    identified = true;
    int id = pending();
    if (id == IIR_TRANSMIT_EMPTY) {
      transmitEmpty = false;
      drive();
    }
    return id | (fifoEnabled() ? IIR_FIFO_ENABLED : 0);
  }

  /** The pending interrupt of highest priority, by Table IV. */
  private int pending() {
    if ((ier & IER_LINE_STATUS) != 0 && overrun) {
      return IIR_LINE_STATUS;
    }
    if ((ier & IER_RECEIVED) != 0 && count > 0) {
      return fifoEnabled() && count < TRIGGER[fcr >> FCR_TRIGGER_SHIFT]
          ? IIR_TIMEOUT
          : IIR_RECEIVED;
    }
    if ((ier & IER_TRANSMIT_EMPTY) != 0 && transmitEmpty) {
      return IIR_TRANSMIT_EMPTY;
    }
    if ((ier & IER_MODEM_STATUS) != 0 && modemDelta != 0) {
      return IIR_MODEM_STATUS;
    }
    return IIR_NONE;
  }

  private void drive() {
    line.set(pending() != IIR_NONE);
  }

  private int capacity() {
    return fifoEnabled() ? FIFO_SIZE : 1;
  }

  private void append(byte b) {
    fifo[(first + count) % FIFO_SIZE] = b;
    count++;
  }

  /** How many bytes from the host can arrive now. */
  private int room() {
    boolean listening = (ier & IER_RECEIVED) != 0 || polls >= POLLING;
    return listening && !loopback() && !paused ? capacity() - count : 0;
  }

  private void offerRoom() {
    if (refused && room() > 0) {
      refused = false;
      backend.ready();
    }
  }

  @Override
  public synchronized int input(byte[] bytes, int offset, int length) {
    int taken = Math.min(length, room());
    for (int i = 0; i < taken; i++) {
      append(bytes[offset + i]);
    }
    refused |= taken < length;
    drive();
    return taken;
  }

  /**
   * Who is not there neither carries nor is ready; what is sent to it is lost, and holds up nobody.
   */
  @Override
  public synchronized void carrier(boolean present) {
    carrier = present;
    modemControl(mcr);
    drive();
  }

  /** Takes no input until {@link #resume}; the backend holds it. */
  public synchronized void pause() {
    paused = true;
  }

  /** Ends a {@link #pause}. */
  public synchronized void resume() {
    paused = false;
    offerRoom();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    List<Byte> received = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      received.add(fifo[(first + i) % FIFO_SIZE]);
    }
    return new State(
        ier,
        fcr,
        lcr,
        mcr,
        scr,
        divisor,
        modemLines,
        modemDelta,
        overrun,
        transmitEmpty,
        identified,
        polls,
        received);
  }

  @Override
  public synchronized void restore(State state) {
    ier = state.ier & IER_BITS;
    fcr = state.fcr & FCR_STORED;
    lcr = state.lcr;
    mcr = state.mcr;
    scr = state.scr;
    divisor = state.divisor;
    modemLines = state.modemLines;
    modemDelta = state.modemDelta;
    overrun = state.overrun;
    transmitEmpty = state.transmitEmpty;
    identified = state.identified;
    polls = state.polls;
    count = 0;
    state.fifo.forEach(this::append);
    modemControl(mcr); // The other end may be another now.
    refused = true; // The backend may hold input that the saved machine had no room for.
    drive();
    offerRoom();
  }
}
