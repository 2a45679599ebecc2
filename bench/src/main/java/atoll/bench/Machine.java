package atoll.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that boots the guest: a name for the table and the command that starts it.
 *
 * @param command builds the command line for a guest
 */
record Machine(String name, CommandLine command) {
  /**
   * What both machines are given alike.
   *
   * @param append the kernel's command line
   */
  record Guest(Path kernel, Path initrd, String append, int harts, int memoryMib) {}

  @FunctionalInterface
  interface CommandLine {
    List<String> of(Guest guest);
  }

  static Machine qemu(String binary) {
    return new Machine(
        "QEMU",
        guest ->
            List.of(
                binary,
                "-M",
                "virt",
                "-smp",
                Integer.toString(guest.harts),
                "-m",
                guest.memoryMib + "M",
                "-display",
                "none",
                "-monitor",
                "none",
                "-serial",
                "stdio",
                "-no-reboot",
                "-kernel",
                guest.kernel.toString(),
                "-initrd",
                guest.initrd.toString(),
                "-append",
                guest.append));
  }

  static Machine atoll(Path script, String engine) {
    return new Machine(
        "Atoll " + engine,
        guest -> {
          List<String> command = new ArrayList<>(List.of(script.toString(), "run"));
          command.addAll(List.of("--kernel", guest.kernel.toString()));
          command.addAll(List.of("--initrd", guest.initrd.toString()));
          command.addAll(List.of("--append", guest.append));
          command.addAll(List.of("--cpus", Integer.toString(guest.harts)));
          command.addAll(List.of("--memory", guest.memoryMib + "M"));
          command.addAll(List.of("--engine", engine));
          return command;
        });
  }

  /** The first line that {@code command} prints, or why there is none. */
  static String firstLine(String... command) {
    try {
      Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return out.lines().findFirst().orElse("(silent)");
    } catch (IOException e) {
      return command[0] + " could not be started: " + e.getMessage();
    }
  }
}
