package atoll.testkit;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.MmuKind;
import atoll.engine.software.SoftHarts;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The least that a bare-metal program of the tests needs: one hart, memory, a console to write on
 * and the test finisher. No kernel, no monitor: what fails here is the engine.
 */
public final class BareBoard implements AutoCloseable {
  public static final long RAM = 0x8000_0000L;

  private static final long UART = 0x1000_0000L;
  private static final long LINE_STATUS = UART + 5;
  private static final long TRANSMITTER_EMPTY = 0x60;
  private static final long FINISHER = 0x10_0000;
  private static final int PASS = 0x5555;

  private final HostMemory host;
  private final GuestMemory memory;
  private final HartGroup group;
  private final Hart hart;
  private final StringBuilder line = new StringBuilder();
  private final Consumer<String> lines;
  private final long slice;
  private int code = -1;

  /**
   * A board with nothing loaded.
   *
   * @param ram bytes
   * @param slice instructions that the hart runs at a time
   * @param lines is given each line of the program's output
   */
  public BareBoard(Engine engine, long ram, long slice, Consumer<String> lines) {
    this(engine, MmuKind.FOLDED, ram, slice, lines);
  }

  /** The same with a choice of how addresses are translated. */
  public BareBoard(Engine engine, MmuKind mmu, long ram, long slice, Consumer<String> lines) {
    this.slice = slice;
    this.host = HostMemory.allocate(ram);
    this.memory = new GuestMemory(RAM, host);
    this.group = SoftHarts.make(memory, Clock.host(), 1, engine, mmu);
    this.hart = group.harts().getFirst();
    this.lines = lines;
  }

  public GuestMemory memory() {
    return memory;
  }

  public Hart hart() {
    return hart;
  }

  /**
   * Runs from the start of RAM until the program ends the machine.
   *
   * @param limit instructions at most
   * @return the code it gave the finisher
   * @throws IllegalStateException if the limit is reached or the program waits for something
   */
  public int run(long limit) {
    hart.enterMachine(RAM, 0, 0);
    while (code < 0) {
      int reason = hart.run(slice);
      switch (reason) {
        case Exit.MMIO_READ -> read(hart.exit());
        case Exit.MMIO_WRITE -> write(hart.exit());
        case Exit.BUDGET -> {
          if (hart.instructions() > limit) {
            throw new IllegalStateException(
                "no end after %d instructions, pc 0x%x".formatted(limit, hart.pc()));
          }
        }
        default ->
            throw new IllegalStateException(
                "%s at pc 0x%x: %s".formatted(Exit.name(reason), hart.pc(), hart.exit().detail));
      }
    }
    return code;
  }

  private static void read(Exit e) {
    if (e.address == LINE_STATUS) {
      e.value = TRANSMITTER_EMPTY;
    } else if (e.address >= UART && e.address < UART + 8) {
      e.value = 0;
    } else {
      e.fault = true;
    }
  }

  private void write(Exit e) {
    if (e.address == UART) {
      put((int) e.value & 0xff);
    } else if (e.address == FINISHER) {
      int value = (int) e.value;
      code = (value & 0xffff) == PASS ? 0 : value >>> 16;
    } else if (!device(e.address)) {
      e.fault = true;
    }
  }

  /** Where the board has a device that takes writes and needs no more here: UART, PLIC. */
  private static boolean device(long address) {
    return (address >= UART && address < UART + 8)
        || (address >= 0x0c00_0000L && address < 0x1000_0000L);
  }

  private void put(int character) {
    if (character == '\n') {
      lines.accept(line.toString());
      line.setLength(0);
    } else if (character != '\r') {
      line.append(new String(new byte[] {(byte) character}, StandardCharsets.ISO_8859_1));
    }
  }

  @Override
  public void close() {
    group.close();
    host.close();
  }
}
