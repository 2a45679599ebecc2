package atoll.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The other machine: {@code qemu-system-riscv64}, where it is installed. */
public final class Qemu {
  private static final String BINARY = "qemu-system-riscv64";

  /** Everything that both machines have. */
  private static final String CPU =
      "rv64,h=on,v=off,zba=on,zbb=on,zbc=on,zbs=on,zbkb=on,Zfhmin=on,"
          + "svinval=on,svnapot=on,svpbmt=on";

  private Qemu() {}

  /** The version that is installed, such as {@code QEMU emulator version 7.2.22}; empty if none. */
  public static Optional<String> version() {
    try {
      List<String> lines = run(List.of(BINARY, "--version"), Duration.ofSeconds(20));
      return lines.stream().filter(l -> l.startsWith("QEMU")).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Runs a raw image that lies at the start of RAM, in machine mode, until it ends the machine.
   *
   * @return the lines of its console
   * @throws IOException if it does not end in time or ends with another code than 0
   */
  public static List<String> firmware(Path image, int memoryMib, Duration limit)
      throws IOException {
    return run(command(memoryMib, "-cpu", CPU, "-bios", image.toString()), limit);
  }

  /**
   * Boots Linux until it ends the machine.
   *
   * @return the lines of its console
   * @throws IOException if it does not end in time or ends with another code than 0
   */
  public static List<String> linux(Path kernel, Path initrd, int memoryMib, Duration limit)
      throws IOException {
    return run(
        command(
            memoryMib,
            "-cpu",
            CPU,
            "-kernel",
            kernel.toString(),
            "-initrd",
            initrd.toString(),
            "-append",
            "console=ttyS0"),
        limit);
  }

  /** The command for the board {@code virt} with its UART on standard input and output. */
  public static List<String> command(int memoryMib, String... more) {
    List<String> command = new ArrayList<>(List.of(BINARY, "-M", "virt", "-m", memoryMib + "M"));
    command.addAll(List.of("-display", "none", "-monitor", "none", "-serial", "stdio"));
    command.addAll(List.of(more));
    return command;
  }

  private static List<String> run(List<String> command, Duration limit) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .start();
    Thread guard =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                process.destroyForcibly();
              }
            });
    List<String> lines = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
      int code = process.waitFor();
      if (code != 0) {
        int from = Math.max(0, lines.size() - 5);
        throw new IOException(
            "%s ended with %d; last lines %s"
                .formatted(command.getFirst(), code, lines.subList(from, lines.size())));
      }
      return lines;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      guard.interrupt();
      process.destroyForcibly();
    }
  }
}
