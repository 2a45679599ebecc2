package atoll.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Something that boots the guest: a name for the table and the command that starts it.
 *
 * @param command builds the command line for a guest
 */
record Machine(String name, CommandLine command) {
  /**
   * What both machines are given alike.
   *
   * @param disk a raw image, which is only read
   * @param append the kernel's command line
   */
  record Guest(
      Path kernel, Path initrd, Optional<Path> disk, String append, int harts, int memoryMib) {
    /** The same with no fewer harts than that. */
    Guest harts(int least) {
      return new Guest(kernel, initrd, disk, append, Math.max(harts, least), memoryMib);
    }

    /** The same with more on the kernel's command line. */
    Guest with(String words) {
      return new Guest(kernel, initrd, disk, append + " " + words, harts, memoryMib);
    }
  }

  @FunctionalInterface
  interface CommandLine {
    List<String> of(Guest guest);
  }

  /** The same under a longer name. */
  Machine named(String word) {
    return new Machine(name + " " + word, command);
  }

  /** The same with more flags on its command line, and in its name. */
  Machine with(List<String> flags) {
    return new Machine(
        name + " " + String.join(" ", flags),
        guest -> Stream.concat(command.of(guest).stream(), flags.stream()).toList());
  }

  static Machine qemu(String binary) {
    return new Machine(
        "QEMU",
        guest -> {
          List<String> command = new ArrayList<>(List.of(binary, "-M", "virt"));
          command.addAll(List.of("-smp", Integer.toString(guest.harts)));
          command.addAll(List.of("-m", guest.memoryMib + "M"));
          command.addAll(List.of("-display", "none", "-monitor", "none", "-serial", "stdio"));
          command.add("-no-reboot");
          command.addAll(List.of("-kernel", guest.kernel.toString()));
          command.addAll(List.of("-initrd", guest.initrd.toString()));
          command.addAll(List.of("-append", guest.append));
          guest.disk.ifPresent(file -> {
            command.add("-drive");
            command.add("file=" + file + ",format=raw,if=none,id=disk,readonly=on");
            command.addAll(List.of("-device", "virtio-blk-device,drive=disk"));
          });
          return command;
        });
  }

  /**
   * Atoll.
   *
   * @param engine for {@code --engine}; empty to let Atoll choose
   */
  static Machine atoll(Path script, Optional<String> engine) {
    return new Machine(
        "Atoll",
        guest -> {
          List<String> command = new ArrayList<>(List.of(script.toString(), "run"));
          command.addAll(List.of("--kernel", guest.kernel.toString()));
          command.addAll(List.of("--initrd", guest.initrd.toString()));
          command.addAll(List.of("--append", guest.append));
          command.addAll(List.of("--cpus", Integer.toString(guest.harts)));
          command.addAll(List.of("--memory", guest.memoryMib + "M"));
          engine.ifPresent(name -> command.addAll(List.of("--engine", name)));
          guest.disk.ifPresent(file -> command.addAll(List.of("--disk", file + ",ro")));
          return command;
        });
  }
}
