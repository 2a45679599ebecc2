package atoll.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The mode and the size of the terminal at one of this process's descriptors, on Linux. */
public final class HostTerminal {
  /** Standard output. */
  public static final int OUTPUT = 1;

  /** Bytes that a {@code struct termios} has at most; what they mean, the C library knows. */
  private static final int MODE = 128;

  private static final int TCSANOW = 0;
  private static final int TIOCGWINSZ = 0x5413; // on x86-64, AArch64 and RISC-V
  private static final int WINDOW = 8;

  private final int descriptor;
  private final MemorySegment found = Arena.ofAuto().allocate(MODE, Long.BYTES);

  /**
   * Remembers the mode that a terminal has.
   *
   * @throws IOException if there is no terminal
   */
  public HostTerminal(int descriptor) throws IOException {
    this.descriptor = descriptor;
    if (Calls.GET_MODE.call(descriptor, found.address(), 0) != 0) {
      throw new IOException("descriptor %d is no terminal".formatted(descriptor));
    }
  }

  /** Whether this host has terminals of the kind. */
  public static boolean available() {
    return System.getProperty("os.name").equals("Linux");
  }

  /** Has every byte pass as it is: no echo, no lines, no signals from keys. */
  public void raw() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mode = arena.allocate(MODE, Long.BYTES).copyFrom(found);
      int ignored = Calls.MAKE_RAW.call(mode.address(), 0, 0);
      ignored = Calls.SET_MODE.call(descriptor, TCSANOW, mode.address());
    }
  }

  /**
   * Brings back the mode that it was found in.
   *
   * @throws IOException if it is gone
   */
  public void restore() throws IOException {
    if (Calls.SET_MODE.call(descriptor, TCSANOW, found.address()) != 0) {
      throw new IOException("it is gone");
    }
  }

  /**
   * The window's size in characters.
   *
   * @return columns in the high half and rows in the low one; 0 where it is not known
   */
  public int size() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment window = arena.allocate(WINDOW, Long.BYTES);
      if (Calls.CONTROL.call(descriptor, TIOCGWINSZ, window.address()) != 0) {
        return 0;
      }
      int rows = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 0));
      int columns = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, Short.BYTES));
      return columns << 16 | rows;
    }
  }

  /** Linked when first used. */
  private static final class Calls {
    static final HostCall GET_MODE = HostCall.of("tcgetattr");
    static final HostCall SET_MODE = HostCall.of("tcsetattr");
    static final HostCall MAKE_RAW = HostCall.of("cfmakeraw");
    static final HostCall CONTROL = HostCall.of("ioctl");
  }
}
