package atoll.manager;

import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.engine.Hart;
import atoll.engine.Tracer;
import atoll.host.HostException;
import atoll.isa.Cause;
import atoll.isa.Disassembler;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Writes every executed instruction to a file, a line each: hart, address, encoding, instruction,
 * and the registers that it changed; and every trap: hart, address, what it is, its value, the
 * modes, and where its handler is. Thread-safe, since each hart has a thread.
 */
final class InstructionTrace implements Tracer, AutoCloseable {
  private static final int REGISTERS = 32;

  private final LogFile file;
  private final Writer out;
  private Optional<String> loss = Optional.empty();

  private InstructionTrace(LogFile file, Writer out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Creates or empties the file.
   *
   * @throws HostException if it cannot be written
   */
  static InstructionTrace open(LogFile file) {
    Writer ascii =
        new OutputStreamWriter(OutputFile.open(file, "the trace"), StandardCharsets.US_ASCII);
    return new InstructionTrace(file, new BufferedWriter(ascii, 1 << 16));
  }

  @Override
  public synchronized void executed(
      Hart hart, long pc, int bits, long[] before, long[] floatBefore) {
    if (loss.isPresent()) {
      return;
    }
    StringBuilder line = new StringBuilder(96);
    boolean compressed = (bits & 3) != 3;
    line.append("%d %016x %s  ".formatted(hart.id(), pc, encoding(bits, compressed)));
    line.append(Disassembler.disassemble(pc, bits));
    for (int r = 1; r < REGISTERS; r++) {
      changed(line, "x", r, before[r], hart.x(r));
    }
    for (int r = 0; r < REGISTERS; r++) {
      changed(line, "f", r, floatBefore[r], hart.f(r));
    }
    write(line.append('\n'));
  }

  @Override
  public synchronized void trapped(Hart hart, Trap trap) {
    write(
        "%d %016x %s  %s  tval=%x  %s to %s  pc=%x%n"
            .formatted(
                hart.id(),
                trap.pc(),
                trap.cause() < 0 ? "interrupt" : "exception",
                Cause.name(trap.cause()),
                trap.value(),
                trap.from(),
                trap.to(),
                trap.handler()));
  }

  private static String encoding(int bits, boolean compressed) {
    return compressed ? "    %04x".formatted(bits & 0xffff) : "%08x".formatted(bits);
  }

  private static void changed(StringBuilder line, String file, int r, long before, long after) {
    if (before != after) {
      line.append("  ").append(file).append(r).append('=').append(Long.toHexString(after));
    }
  }

  private void write(CharSequence line) {
    try {
      out.append(line);
    } catch (IOException e) {
      lose(e);
    }
  }

  /** The guest goes on without a trace. */
  private void lose(IOException problem) {
    if (loss.isEmpty()) {
      loss =
          Optional.of(
              "the end of the trace %s is lost: %s"
                  .formatted(file.path(), HostException.reason(problem)));
    }
  }

  /** What could not be written, in a sentence; known once it is closed. */
  synchronized Optional<String> loss() {
    return loss;
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      lose(e);
    }
  }
}
