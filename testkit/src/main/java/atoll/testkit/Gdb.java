package atoll.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real {@code gdb-multiarch} that is given commands one by one, where it is installed. */
public final class Gdb implements AutoCloseable {
  private static final String BINARY = "gdb-multiarch";
  private static final String MARK = "@@@";

  private final Process process;
  private final Writer commands;
  private final BufferedReader output;
  private int marks;

  /** Starts one that knows nothing yet. */
  public Gdb() throws IOException {
    process = new ProcessBuilder(List.of(BINARY, "-nx", "-q")).redirectErrorStream(true).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    run("set confirm off");
    run("set pagination off");
    run("set width 0");
  }

  /** Whether it is installed. */
  public static boolean installed() {
    try {
      Process process =
          new ProcessBuilder(BINARY, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Performs a command; returns what it prints. */
  public String run(String command) {
    begin(command);
    return finish();
  }

  /** Gives a command that takes its time; {@link #finish} follows. */
  public void begin(String command) {
    try {
      commands.write(command + "\necho \\n" + MARK + ++marks + "\\n\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the end of the command; returns what it has printed. */
  public String finish() {
    StringBuilder text = new StringBuilder();
    try {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.equals(MARK + marks)) {
          return text.toString().strip();
        }
        text.append(line.replaceFirst("^(\\(gdb\\) )+", "")).append('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("gdb has ended: " + text);
  }

  /** What Ctrl-C does. */
  public void interrupt() throws IOException, InterruptedException {
    int ignored =
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
  }

  /** As if the debugger's host were switched off. */
  public void vanish() {
    Process ignored = process.destroyForcibly();
  }

  @Override
  public void close() {
    Process ignored = process.destroyForcibly();
  }
}
