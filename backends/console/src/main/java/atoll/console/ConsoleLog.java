package atoll.console;

import atoll.host.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A copy of a console's output; ends at the first error. One thread at a time uses it. */
final class ConsoleLog implements AutoCloseable {
  private static final String NAME = "the console log";

  private final Optional<LogFile> file;

  /** Null if there is no copy, or no more. */
  private OutputStream out;

  /**
   * @param file what {@code out} writes to, for messages
   * @param out gets the copy, or null
   */
  ConsoleLog(Optional<LogFile> file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /** No copy is made. */
  static ConsoleLog none() {
    return new ConsoleLog(Optional.empty(), null);
  }

  /** Creates or empties each port's file. */
  static List<ConsoleLog> open(List<HostConsole.Port> ports) {
    List<ConsoleLog> logs = new ArrayList<>();
    for (HostConsole.Port port : ports) {
      OutputStream out = port.log().map(file -> OutputFile.create(file, NAME)).orElse(null);
      logs.add(new ConsoleLog(port.log(), out));
    }
    return logs;
  }

  /** Appends; returns a sentence if that has failed, which ends the copy. */
  Optional<String> append(byte[] bytes, int length) {
    if (out == null || length == 0) {
      return Optional.empty();
    }
    try {
      out.write(bytes, 0, length);
      out.flush();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(end(e));
    }
  }

  private String end(IOException problem) {
    try {
      out.close();
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
    out = null;
    return "%s %sreceives no more output: %s"
        .formatted(
            NAME, file.map(log -> log.path() + " ").orElse(""), HostException.reason(problem));
  }

  @Override
  public void close() {
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        System.err.println("atoll: " + end(e));
      }
      out = null;
    }
  }
}
