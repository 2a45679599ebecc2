package atoll.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A terminal that this process has made itself, in place of its standard input and output, and the
 * keyboard and the screen of that; it lasts as long as the process (Linux, {@code pty(7)}).
 */
public final class PseudoTerminal {
  private static final int READ_WRITE = 2;
  private static final int NOT_CONTROLLING = 0x100; // O_NOCTTY
  private static final int NAME = 64;
  private static final int SCREEN = 4096;

  /** Standard input and output. */
  private static final int ENDS = 2;

  private final int master;
  private final Path path;

  private PseudoTerminal(int master, Path path) {
    this.master = master;
    this.path = path;
  }

  /**
   * Makes one, which standard input and output are from now on. Who has asked before whether they
   * are a terminal does not hear of it.
   *
   * @throws IOException if this host has none
   */
  public static PseudoTerminal ofProcess() throws IOException {
    if (!HostTerminal.available()) {
      throw new IOException("there are no pseudoterminals here");
    }
    int master = call("posix_openpt", READ_WRITE | NOT_CONTROLLING, 0, 0);
    int ignored = call("grantpt", master, 0, 0);
    ignored = call("unlockpt", master, 0, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(NAME);
      ignored = call("ptsname_r", master, name.address(), NAME);
      int slave = call("open", name.address(), READ_WRITE | NOT_CONTROLLING, 0);
      for (int end = 0; end < ENDS; end++) {
        ignored = call("dup2", slave, end, 0);
      }
      return new PseudoTerminal(master, Path.of(name.getString(0)));
    }
  }

  /** Where else it can be opened. */
  public Path path() {
    return path;
  }

  /** Types on it. */
  public void type(String keys) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = keys.getBytes(StandardCharsets.US_ASCII);
      MemorySegment text = arena.allocate(bytes.length);
      text.copyFrom(MemorySegment.ofArray(bytes));
      int ignored = call("write", master, text.address(), bytes.length);
    }
  }

  /** Waits until something is shown on it, which nobody looks at. */
  public void look() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int ignored = call("read", master, arena.allocate(SCREEN).address(), SCREEN);
    }
  }

  private static int call(String function, long a, long b, long c) throws IOException {
    int result = HostCall.of(function).call(a, b, c);
    if (result < 0) {
      throw new IOException("there is no pseudoterminal: %s failed".formatted(function));
    }
    return result;
  }
}
